"""Contrast of micrographs as networks see it."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.preprocessing.contrast import equalised_contrast, min_max_scaled
from napari_crystalseg.drops.preprocessing.size import fitting_shape, resized


def picture(shape=(90, 120)):
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    base = 100 + 40 * np.sin(rows / 9) + 0.3 * columns
    return (base[..., np.newaxis] + [0, 10, 25] + rng.normal(0, 2, (*shape, 3))).clip(0, 255).astype(np.uint8)


def test_a_faint_image_gains_contrast_but_no_more_than_the_limit():
    values = (100 + picture((360, 360)) / 16.0).astype(np.uint8)
    equalised = equalised_contrast(values)
    gain = equalised.std() / values.std()
    assert 1.5 < gain < 4
    assert equalised_contrast(values, clip_limit=1.0).std() < equalised.std()
    assert equalised.shape == values.shape and equalised.dtype == np.uint8


def test_colours_are_kept():
    """Only the lightness changes: a and b of CIE L*a*b* stay, up to what eight bits round."""
    import cv2

    values = picture()
    before, after = (cv2.cvtColor(one, cv2.COLOR_RGB2LAB).astype(int) for one in (values, equalised_contrast(values)))
    assert np.abs(after[..., 1:] - before[..., 1:]).mean() < 1.5
    assert np.array_equal(equalised_contrast(values), equalised_contrast(values))


def test_grey_stays_grey():
    grey = np.repeat(picture()[..., :1], 3, axis=2)
    assert np.ptp(equalised_contrast(grey).astype(int), axis=2).max() <= 1


def test_least_and_largest_value_of_all_colours_become_0_and_1():
    values = np.array([[[10, 60, 30], [20, 110, 40]]], np.uint8)
    assert min_max_scaled(values).tolist() == [[[0.0, 0.5, np.float32(0.2)], [np.float32(0.1), 1.0, np.float32(0.3)]]]
    assert not min_max_scaled(np.full((2, 2, 3), 7, np.uint8)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (300, 2), (5, 7)])
def test_the_smallest_images_can_be_seen(shape):
    values = np.full((*shape, 3), 100, np.uint8)
    fitted = fitting_shape(shape, 64)
    assert max(fitted) == 64 and min(fitted) >= 1
    assert min_max_scaled(equalised_contrast(resized(values, fitted))).shape == (*fitted, 3)


def test_no_pixel_goes_unseen_where_an_image_becomes_much_smaller():
    values = np.zeros((640, 640, 3), np.uint8)
    values[333, 333] = 255
    assert resized(values, (64, 64)).sum() > 0
    assert resized(values, (640, 640)) is values
