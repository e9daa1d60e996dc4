"""What killed runs leave is removed by the next, and what others write is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import check_writable, open_labels, replacing, save_labels
from napari_crystalseg.io.files.atomic import replacing_folder
from napari_crystalseg.io.files.lock import exclusive_writing
from napari_crystalseg.io.files.unfinished import remove_unfinished, unfinished
from napari_crystalseg.labels import Labels

LABELS = Labels(np.ones((4, 5, 6), np.uint8), 1.0)
posix = pytest.mark.skipif(os.name != "posix", reason="kills and locks of POSIX")


def killed(*lines):
    """Run lines in another process that is killed at their end."""
    code = "\n".join((*lines, "print('there', flush=True)", "input()"))
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "there\n"
    return process


def end(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


@posix
@pytest.mark.parametrize("name", ["v.tif", "v.npy", "v" * 240 + ".tif"])
def test_a_killed_run_leaves_nothing_for_long(tmp_path, name):
    path = tmp_path / name
    process = killed(
        "from napari_crystalseg.io import replacing",
        f"context = replacing({str(path)!r})",
        "context.__enter__().write_text('half')",
    )
    left = set(tmp_path.iterdir())
    assert len(left) == 1
    with replacing(path) as partial:
        partial.write_text("whole")
    assert set(tmp_path.iterdir()) == {path, *left}, "its writer lives"
    end(process)
    (tmp_path / ".v.123-deadbeef.part.tif").touch()  # of the user, or of another program
    with replacing(path) as partial:
        partial.write_text("whole")
    assert set(tmp_path.iterdir()) == {path, tmp_path / ".v.123-deadbeef.part.tif"}


@posix
def test_a_folder_is_cleared_of_what_killed_runs_left_and_of_nothing_else(tmp_path):
    process = killed(
        "from pathlib import Path",
        "from napari_crystalseg.io.files.unfinished import unfinished",
        f"unfinished(Path({str(tmp_path / 'a.json')!r})).touch()",
        f"unfinished(Path({str(tmp_path / 'b.zarr')!r})).mkdir()",
        f"unfinished(Path({str(tmp_path / 'c.zarr')!r}), 'old').mkdir()",
    )
    put_aside = {path for path in tmp_path.iterdir() if ".old." in path.name}
    others = {unfinished(tmp_path / "d.npz"), tmp_path / ".a.123-deadbeef.part.json", tmp_path / "e.part.json"}
    for path in others:
        path.touch()
    before = set(tmp_path.iterdir())
    remove_unfinished(tmp_path)
    assert set(tmp_path.iterdir()) == before, "its writer lives"
    end(process)
    remove_unfinished(tmp_path)
    assert set(tmp_path.iterdir()) == others | put_aside


@posix
def test_a_folder_that_was_put_aside_by_a_killed_run_comes_back(tmp_path):
    path = tmp_path / "v.zarr"
    save_labels(LABELS, path)
    process = killed(
        "from pathlib import Path",
        "from napari_crystalseg.io.files.unfinished import unfinished",
        f"path = Path({str(path)!r})",
        "path.rename(unfinished(path, 'old'))",
        "unfinished(path).mkdir()",
    )
    end(process)
    assert not path.exists()
    with pytest.raises(RuntimeError), replacing_folder(path, lambda folder: True):
        raise RuntimeError("the disk is full")
    assert list(tmp_path.iterdir()) == [path]
    assert open_labels(path).shape == (4, 5, 6)


def test_an_ome_zarr_with_files_of_the_user_is_not_replaced(tmp_path):
    path = tmp_path / "v.zarr"
    save_labels(LABELS, path)
    check_writable(path)
    (path / "labels").mkdir()
    (path / "labels" / "zarr.json").write_text("{}")
    for write in (lambda: check_writable(path), lambda: save_labels(LABELS, path)):
        with pytest.raises(InputError, match="holds what was not"):
            write()
    assert (path / "labels" / "zarr.json").exists()


@posix
def test_one_run_at_a_time(tmp_path):
    path = tmp_path / "v.tif.part"
    process = killed(
        "from napari_crystalseg.io.files.lock import exclusive_writing",
        f"context = exclusive_writing({str(path)!r})",
        "context.__enter__()",
    )
    with pytest.raises(InputError, match="is being written by another run"), exclusive_writing(path):
        pytest.fail("both")
    end(process)
    with exclusive_writing(path):
        with pytest.raises(InputError, match="is being written by another run"), exclusive_writing(path):
            pytest.fail("both")
    assert not list(tmp_path.iterdir())


def test_an_array_is_never_beside_the_record_of_another(tmp_path, monkeypatch):
    path = tmp_path / "v.npy"
    save_labels(Labels(np.ones((4, 5, 6), np.uint8), 1.0), path)
    moves = []

    def broken(source, target, replace=os.replace):
        moves.append(Path(target).name)
        if len(moves) == 2:
            raise KeyboardInterrupt
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", broken)
        with pytest.raises(KeyboardInterrupt):
            save_labels(Labels(np.zeros((4, 5, 6), np.uint8), 2.0), path)
    assert moves == ["v.npy", "v.npy.json"]
    assert list(tmp_path.iterdir()) == [path]
    assert open_labels(path).voxel_size_um is None
    (tmp_path / "w.npy.json").mkdir()
    with pytest.raises(InputError, match="folder"):
        save_labels(LABELS, tmp_path / "w.npy")
    assert not (tmp_path / "w.npy").exists()


def test_a_write_of_numpy_that_is_cut_short_is_a_full_disk(tmp_path):
    with pytest.raises(InputError, match="No space left on device"), replacing(tmp_path / "a.tif"):
        raise OSError("32768 requested and 3024 written")


def test_names_are_told_apart(tmp_path):
    assert unfinished(tmp_path / "a.tif") != unfinished(tmp_path / "a.tif")
    assert unfinished(tmp_path / "a.tif").suffix == ".tif"
