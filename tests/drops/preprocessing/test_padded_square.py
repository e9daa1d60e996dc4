"""Micrographs in squares, as albumentations puts them there for CHiMP."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.preprocessing.padded_square import MEAN, SPREAD, normalised, padded_square


def _image(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 256, (rows, columns, 3)).astype(np.uint8)


@pytest.mark.parametrize(("shape", "kept"), [((80, 100), (77, 96)), ((100, 80), (96, 77)), ((50, 50), (96, 96))])
def test_longer_side_is_the_size_and_black_is_beside(shape: tuple[int, int], kept: tuple[int, int]) -> None:
    square = padded_square(_image(*shape), 96)
    assert square.shape == (96, 96, 3)
    rows, columns = np.flatnonzero(square.any((1, 2))), np.flatnonzero(square.any((0, 2)))
    assert (len(rows), len(columns)) == kept
    assert rows[0] == (96 - kept[0]) // 2 and columns[0] == (96 - kept[1]) // 2


def test_as_opencv_interpolates_for_chimp() -> None:
    import cv2

    image = _image(90, 120)
    wanted = cv2.resize(image, (60, 45), interpolation=cv2.INTER_LINEAR)
    square = padded_square(image, 60, averaged=False)
    assert np.array_equal(square[7:52], wanted)
    assert not square[:7].any() and not square[52:].any()


def test_averages_see_every_pixel() -> None:
    image = np.zeros((960, 960, 3), np.uint8)
    image[::10] = 250
    assert np.array_equal(padded_square(image, 96), np.full((96, 96, 3), 25, np.uint8))


def test_an_image_of_the_size_stays() -> None:
    image = _image(96, 96)
    assert np.array_equal(padded_square(image, 96), image)


def test_a_thin_image_keeps_a_row() -> None:
    assert padded_square(_image(1, 5000), 96).any((1, 2)).sum() == 1


def test_normalised_by_imagenet() -> None:
    values = np.array([[[[255, 0, 124]]]], np.uint8)
    found = normalised(values)
    assert found.shape == (1, 3, 1, 1) and found.dtype == np.float32
    wanted = [(share - mean) / spread for share, mean, spread in zip((1, 0, 124 / 255), MEAN, SPREAD, strict=True)]
    assert np.allclose(found[0, :, 0, 0], wanted, atol=1e-6)
