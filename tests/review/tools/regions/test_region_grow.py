"""Region growing takes what is like its place, connected, and within its radius in µm."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.tools.regions.region_grow import region_grow

SHAPE, VOXEL = (20, 40, 100), (2.0, 1.0, 0.5)


def painted(change):
    found = np.zeros(SHAPE, dtype=bool)
    found[change.box] = change.mask
    return found


def two_blocks():
    values = np.zeros(SHAPE, dtype=np.float32)
    values[4:16, 8:32, 10:95] = 1.0
    values[4:16, 8:32, 50] = 0.0
    values[8:12, 16:20, 20:30] = 0.0
    return values


def test_it_takes_the_connected_block_alone_through_boxes_that_grow():
    expected = two_blocks() == 1
    expected[:, :, 50:] = False
    change = region_grow(two_blocks(), (10, 10, 12), 3, tolerance=0.2, voxel_size_um=VOXEL)
    np.testing.assert_array_equal(painted(change), expected)
    assert set(np.unique(change.labels[change.mask])) == {3}


def test_holes_are_filled_where_asked():
    change = region_grow(two_blocks(), (10, 10, 12), 3, tolerance=0.2, voxel_size_um=VOXEL, fill_holes=True)
    assert painted(change)[10, 18, 25]


def test_the_radius_is_in_um_on_voxels_of_any_proportions():
    change = region_grow(np.ones(SHAPE, np.float32), (10, 20, 50), 1, tolerance=0.0, voxel_size_um=VOXEL, radius_um=6.0)
    z, y, x = np.indices(SHAPE)
    inside = ((z - 10) * 2.0) ** 2 + (y - 20.0) ** 2 + ((x - 50) * 0.5) ** 2 <= 36.0
    np.testing.assert_array_equal(painted(change), inside)


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="outside the volume"):
        region_grow(two_blocks(), (20, 0, 0), 3, tolerance=1.0)
    with pytest.raises(InputError, match="tolerance must be 0 or more"):
        region_grow(two_blocks(), (1, 0, 0), 3, tolerance=-1.0)
