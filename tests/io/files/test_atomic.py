"""A file is whole or absent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import check_writable, replacing, save_json


def test_old_content_stays_when_writing_fails(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="power cut"), replacing(path) as partial:
        partial.write_text("half")
        raise RuntimeError("power cut")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_new_content_replaces_the_old_and_folders_are_made(tmp_path):
    path = tmp_path / "new" / "folder" / "a.tif"
    for content in ("old", "new"):
        with replacing(path) as partial:
            assert partial.suffix == ".tif"
            assert partial.parent == path.parent
            partial.write_text(content)
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "a.txt", Path(".")):
        with pytest.raises(InputError, match=r"folder|cannot be written"), replacing(place) as partial:
            partial.write_text("x")


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "a.txt").symlink_to(tmp_path / "disk" / "a.txt")
    with replacing(tmp_path / "a.txt") as partial:
        partial.write_text("new")
    assert (tmp_path / "a.txt").is_symlink()
    assert (tmp_path / "disk" / "a.txt").read_text() == "new"


def test_a_device_is_not_replaced():
    with pytest.raises(InputError, match="device"), replacing(os.devnull) as partial:
        partial.write_text("x")
    assert not Path(os.devnull).is_file()


def test_what_cannot_be_written_is_told_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    check_writable(tmp_path / "new" / "folder" / "a.txt")
    assert not (tmp_path / "new").exists()
    with pytest.raises(InputError, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(InputError, match="file is a file"):
        check_writable(tmp_path / "file" / "folder" / "a.txt")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(InputError, match="Permission denied"):
        check_writable(tmp_path / "a.txt")


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_without_permission_is_an_input_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"), replacing(tmp_path / "a.txt") as partial:
        partial.write_text("x")
    tmp_path.chmod(0o700)


def test_a_file_that_the_disk_has_no_room_for_is_not_begun(tmp_path):
    with pytest.raises(InputError, match="cannot be written"), replacing(tmp_path / "a.h5", room_bytes=1 << 60):
        pytest.fail("it was begun")
    assert list(tmp_path.iterdir()) == []
    with replacing(tmp_path / "a.h5", room_bytes=1) as partial:
        partial.write_text("small")


def test_json_keeps_order_and_every_digit(tmp_path):
    record = {"z": 1 / 3, "a": np.float64(0.1), "n": np.arange(3), "µ": None}
    save_json(record, tmp_path / "a.json")
    read = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert list(read) == ["z", "a", "n", "µ"]
    assert read == {"z": 1 / 3, "a": 0.1, "n": [0, 1, 2], "µ": None}


def test_json_without_nan(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_json({"a": float("nan")}, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []
