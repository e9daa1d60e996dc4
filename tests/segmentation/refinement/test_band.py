from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.segmentation.refinement.band import CORE_VOXELS, block_counts, blocks_in_reach


def test_blocks_of_one_class_are_not_visited():
    assert not blocks_in_reach(np.full((100, 70, 33), 3, np.uint8), (100, 70, 33), 5).any()


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("reach", [0, 3, 10])
def test_blocks_within_reach_of_a_plane_are_those(axis, reach):
    length, face = 5 * CORE_VOXELS - 7, 2 * CORE_VOXELS + 5  # the first voxel beyond the face
    shape = [40, 40, 40]
    shape[axis] = length
    labels = np.zeros(shape, np.uint8)
    np.moveaxis(labels, axis, 0)[face:] = 1
    found = blocks_in_reach(labels, tuple(shape), reach)
    assert found.shape == block_counts(tuple(shape))
    # Both sides of the face within the block and the reach about it.
    expected = [
        start - reach < face < min(start + CORE_VOXELS, length) + reach for start in range(0, length, CORE_VOXELS)
    ]
    np.testing.assert_array_equal(np.moveaxis(found, axis, 0)[:, 0, 0], expected)
    assert (found == np.moveaxis(found, axis, 0)[:, :1, :1].reshape([-1 if a == axis else 1 for a in range(3)])).all()


def test_a_single_voxel_is_reached_from_every_side():
    labels = np.zeros((3 * CORE_VOXELS,) * 3, np.uint8)
    labels[CORE_VOXELS + 2, CORE_VOXELS + 16, CORE_VOXELS + 16] = 2
    found = blocks_in_reach(labels, labels.shape, 3)
    assert {tuple(block) for block in np.argwhere(found)} == {(0, 1, 1), (1, 1, 1)}


def test_labels_of_a_coarser_grid_tell_as_much():
    labels = np.zeros((50, 50, 50), np.uint8)
    labels[24:] = 1
    coarse = blocks_in_reach(labels, (100, 100, 100), 0)
    assert {int(z) for z in np.argwhere(coarse)[:, 0]} == {1}  # the face lies at 48 of 100
