"""Which files of a folder are micrographs, in which order, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_crystalseg.errors import InputError
from napari_crystalseg.io.drop_images import drop_images_in, look_into


def _image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(path, format="PNG")


def test_natural_order_without_hidden_files_and_thumbnails(tmp_path: Path) -> None:
    for name in (
        "A10.png",
        "a2.png",
        "A1.png",
        "B1",
        ".hidden.png",
        "A1_thumb.png",
        "thumbnail-3.png",
        "thumbs/A1.png",
    ):
        _image(tmp_path / name)
    (tmp_path / "notes.csv").write_text("a,b\n")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "broken.jpg").write_bytes(b"")
    found = look_into(tmp_path)
    assert [path.name for path in found.images] == ["A1.png", "a2.png", "A10.png", "B1", "broken.jpg"]
    assert "2 hidden files left out" in found.left_out
    assert "3 thumbnails or folders of them left out" in found.left_out
    assert "1 file that is no image left out" in found.left_out


def test_images_of_other_formats_are_told_as_such(tmp_path: Path) -> None:
    _image(tmp_path / "A1.png")
    (tmp_path / "A2.webp").write_bytes(b"RIFF....WEBP")
    (tmp_path / "A3.GIF").write_bytes(b"GIF89a")
    (tmp_path / "notes.txt").write_text("notes")
    assert look_into(tmp_path).left_out == (
        "2 images in a format that is not read (only JPEG, PNG, TIFF and BMP are) left out",
        "1 file that is no image left out",
    )


def test_subfolders_only_where_asked_for(tmp_path: Path) -> None:
    _image(tmp_path / "A1.png")
    _image(tmp_path / "inspection 10" / "A1.png")
    _image(tmp_path / "inspection 2" / "A1.png")
    found = look_into(tmp_path)
    assert [path.name for path in found.images] == ["A1.png"]
    assert found.left_out == ("2 subfolders left out",)
    names = [path.relative_to(tmp_path).as_posix() for path in drop_images_in(tmp_path, recursive=True)]
    assert names == ["A1.png", "inspection 2/A1.png", "inspection 10/A1.png"]


def test_folder_without_images(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no images \\(JPEG"):
        drop_images_in(tmp_path)
    _image(tmp_path / "plate" / "A1.png")
    with pytest.raises(InputError, match="holds no images itself, but 1 folder: name one of them"):
        drop_images_in(tmp_path)
    with pytest.raises(InputError, match="is a file, not a folder"):
        drop_images_in(tmp_path / "plate" / "A1.png")
    with pytest.raises(InputError, match="There is no file"):
        drop_images_in(tmp_path / "absent")
