"""Cases are whole or absent, whoever else writes to the folder and however a run ends."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.files.lock import locked
from napari_crystalseg.labels import Labels
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.scan import Scan
from napari_crystalseg.simulation.series.case_folder import is_finished, remove_unfinished, write_case
from napari_crystalseg.volume import Quantity, Volume

REQUEST = {"seed": 1, "case": 0, "name": "µ"}
FILES = {"scan.h5", "labels.tif", "volume.tif", "manifest.json"}
posix = pytest.mark.skipif(os.name != "posix", reason="folders are locked on POSIX only")


def write(folder, request=REQUEST):
    frames = np.arange(32, dtype=np.uint16).reshape(2, 4, 4)
    volume = Volume(np.ones((4, 4, 4), np.float32), 1.0, Quantity.ARBITRARY)
    labels = Labels(np.ones((4, 4, 4), np.uint8), 1.0)
    write_case(folder, Scan(frames, frames, frames, np.array([0.0, 90.0])), {"volume": volume}, labels, request, {})


def whole(folder):
    record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert record["files"].keys() == FILES - {"manifest.json"}
    assert all(hash_file(folder / name) == found for name, found in record["files"].items())
    return {path.name for path in folder.iterdir()} == FILES


def meanwhile(monkeypatch, action):
    """Let something happen once, while a case is being written."""
    saving = io.save_labels

    def save_labels(labels, path):
        monkeypatch.setattr(io, "save_labels", saving)
        action()
        saving(labels, path)

    monkeypatch.setattr(io, "save_labels", save_labels)


def test_a_case_is_whole_and_known_again(tmp_path):
    folder = tmp_path / "case_0000"
    assert not is_finished(folder, REQUEST)
    write(folder)
    assert whole(folder) and is_finished(folder, REQUEST)
    assert list(tmp_path.iterdir()) == [folder]


@posix
def test_two_runs_that_write_one_case_at_once(tmp_path, monkeypatch):
    """The slower one finds the case made, and neither takes the other's files for left over."""
    folder = tmp_path / "case_0000"
    meanwhile(monkeypatch, lambda: write(folder))
    write(folder)
    assert whole(folder)
    assert list(tmp_path.iterdir()) == [folder]


@posix
def test_another_case_that_has_come_meanwhile_stays(tmp_path, monkeypatch):
    folder = tmp_path / "case_0000"
    meanwhile(monkeypatch, lambda: write(folder, REQUEST | {"seed": 2}))
    with pytest.raises(InputError, match="was made with seed 2 instead of 1"):
        write(folder)
    assert whole(folder) and is_finished(folder, REQUEST | {"seed": 2})
    assert list(tmp_path.iterdir()) == [folder]


def test_a_case_that_lost_files_while_it_was_written_does_not_pass_for_whole(tmp_path, monkeypatch):
    def lose():
        (scan,) = tmp_path.glob(".case_0000.*.part/scan.h5")
        scan.unlink()

    meanwhile(monkeypatch, lose)
    with pytest.raises(InputError, match="case_0000 cannot be written"):
        write(tmp_path / "case_0000")
    assert list(tmp_path.iterdir()) == []


@posix
def test_what_a_killed_run_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path):
    """Cases 1 and 10 share the beginnings of their names; so do runs of older versions, that named no process."""
    program = """
import os, signal, sys
from pathlib import Path
from napari_crystalseg.simulation.series import case_folder
with case_folder._beside(Path(sys.argv[1])) as beside:
    (beside / "scan.h5").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    for name in ("case_1000", "case_10000"):
        subprocess.run([sys.executable, "-c", program, str(tmp_path / name)], check=False)
    (tmp_path / ".case_1000.part").mkdir()
    living = tmp_path / ".case_1000.0123.part"
    living.mkdir()
    assert len(list(tmp_path.iterdir())) == 4
    with locked(living) as ours:
        assert ours
        write(tmp_path / "case_1000")
        left = {path.name for path in tmp_path.iterdir()} - {"case_1000", living.name}
        assert [name.split(".")[1] for name in left] == ["case_10000"]
    assert living.exists()
    remove_unfinished(tmp_path / "case_1000")
    assert not living.exists()


@posix
def test_a_folder_that_is_cleared_up_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    making, cleared = Path.mkdir, []

    def mkdir(path, *given, **options):
        making(path, *given, **options)
        if len(cleared) < 2 and path.suffix == ".part":
            cleared.append(path)
            remove_unfinished(tmp_path / "case_0000")
            assert not path.exists()

    monkeypatch.setattr(Path, "mkdir", mkdir)
    write(tmp_path / "case_0000")
    assert len(cleared) == 2 and whole(tmp_path / "case_0000")
    assert [path.name for path in tmp_path.iterdir()] == ["case_0000"]


@pytest.mark.parametrize("saving", ["save_scan", "save_volume", "save_json"])
def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch, saving):
    def save(*given, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(io, saving, save)
    with pytest.raises(InputError, match=r"case_0000 cannot be written \(No space left on device\)"):
        write(tmp_path / "case_0000")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_gone_or_no_folder_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="case_0000 cannot be written"):
        write(tmp_path / "file" / "case_0000")
    for place in ("file", "a" * 300):
        remove_unfinished(tmp_path / place / "case_0000")
    with pytest.raises(InputError, match="case_0000 cannot be written"):
        write(tmp_path / "gone" / "case_0000")


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"request": {', "\udcff"])
def test_a_folder_without_a_manifest_is_not_taken_for_finished(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match="no finished case"):
        is_finished(tmp_path, REQUEST)


def test_a_case_that_may_not_be_read_is_not_called_unfinished(tmp_path, monkeypatch):
    """Else it would be removed by whoever does as he is told."""
    write(tmp_path / "case_0000")

    def read_text(path, **given):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(type(tmp_path), "read_text", read_text)
    with pytest.raises(InputError, match="cannot be read"):
        is_finished(tmp_path / "case_0000", REQUEST)
