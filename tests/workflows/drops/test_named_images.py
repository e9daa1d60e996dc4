"""Which micrographs are meant by files and folders."""

from __future__ import annotations

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.drops.named_images import named_drop_images


def test_files_and_folders_are_listed_once(tmp_path):
    for name in ("a10.png", "a2.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    listed, left_out = named_drop_images([tmp_path / "a2.png", tmp_path])
    assert [one.name for one in listed] == ["a2.png", "a10.png"]
    assert left_out == [f"{tmp_path}: 1 file that is no image left out"]


def test_what_names_nothing(tmp_path):
    with pytest.raises(InputError, match="Name images"):
        named_drop_images([])
    with pytest.raises(InputError, match="There is no file"):
        named_drop_images([tmp_path / "absent.jpg"])
