from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid
from napari_crystalseg.segmentation.refinement.resampling import resampled


def _from(array):
    return lambda low, high: array[..., *(slice(*ends) for ends in zip(low, high, strict=True))]


@pytest.mark.parametrize("onto", [(40, 40, 40), (25, 50, 31), (20, 20, 20), (13, 7, 90), (1, 20, 20)])
def test_a_box_is_what_the_whole_grid_has_there(onto):
    rng = np.random.default_rng(0)
    shape = (20, 20, 20)
    array = rng.random((2, *shape), dtype=np.float32)
    averaged = np.stack([WorkingGrid(shape, onto).average(one) for one in array])
    low = tuple(length // 3 for length in onto)
    box = (slice(None), *(slice(start, length) for start, length in zip(low, onto, strict=True)))
    found = resampled(_from(array), shape, onto, low, onto)
    np.testing.assert_allclose(found, averaged[box], atol=1e-5)


def test_interpolation_is_that_of_the_working_grid():
    values = np.random.default_rng(1).random((3, 12, 9, 10), dtype=np.float32)
    grid = WorkingGrid((30, 31, 20), (12, 9, 10))
    whole = grid.interpolate(torch.from_numpy(values), 0, 30).numpy()
    found = resampled(_from(values), (12, 9, 10), (30, 31, 20), (4, 0, 3), (20, 31, 18))
    np.testing.assert_allclose(found, whole[:, 4:20, :, 3:18], atol=1e-5)


def test_beyond_the_field_its_outermost_voxels_go_on():
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    found = resampled(_from(array), (2, 3, 4), (2, 3, 4), (-2, -1, -3), (4, 5, 6))
    np.testing.assert_array_equal(found, np.pad(array, ((2, 2), (1, 2), (3, 2)), mode="edge"))


def test_no_more_than_what_is_needed_is_read():
    asked = []

    def read(low, high):
        asked.append((low, high))
        return np.zeros([b - a for a, b in zip(low, high, strict=True)], dtype=np.float32)

    resampled(read, (100, 100, 100), (200, 200, 200), (100, 100, 100), (110, 110, 110))
    resampled(read, (100, 100, 100), (50, 50, 50), (10, 10, 10), (15, 15, 15))
    assert asked[0] == ((49,) * 3, (56,) * 3)
    assert asked[1] == ((20,) * 3, (30,) * 3)
