"""Micrographs written and read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io.drop_images import DropImage, open_drop_image, save_drop_image
from napari_crystalseg.provenance import Provenance


def image(pixel_size_um: float | None = 2.837) -> DropImage:
    """A smooth picture in three colours."""
    rows, columns = np.mgrid[0:40, 0:52]
    values = np.stack([3 * rows, 4 * columns, 2 * (rows + columns)], axis=2).astype(np.uint8)
    return DropImage(values, pixel_size_um, provenance=Provenance(seed=3).then("simulate_drop", number=1, name="µ"))


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".PNG"])
def test_pixel_values_and_scale_come_back(tmp_path: Path, suffix: str) -> None:
    save_drop_image(image(), tmp_path / f"drop{suffix}")
    again = open_drop_image(tmp_path / f"drop{suffix}")
    np.testing.assert_array_equal(again.values, image().values)
    assert again.pixel_size_um == pytest.approx(2.837, rel=1e-3)


def test_jpeg_keeps_the_picture_nearly_and_the_scale(tmp_path: Path) -> None:
    save_drop_image(image(), tmp_path / "drop.jpg", quality=95)
    again = open_drop_image(tmp_path / "drop.jpg")
    assert np.abs(again.values.astype(int) - image().values).mean() < 3
    assert again.pixel_size_um == pytest.approx(2.837, rel=1e-3)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_the_same_image_gives_the_same_bytes_and_no_scale_is_made_up(tmp_path: Path, suffix: str) -> None:
    for name in ("one", "two"):
        save_drop_image(image(None), tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    assert open_drop_image(tmp_path / f"one{suffix}").pixel_size_um is None


def test_other_names_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"drop\.gif is not named as an image"):
        save_drop_image(image(), tmp_path / "drop.gif")
    assert not list(tmp_path.iterdir())
