import numpy as np
import pytest

from napari_crystalseg.review.tools.pieces.necks import separate_at_necks, split_at_necks
from napari_crystalseg.review.tools.pieces.piece import pieces_of

VOXEL = (2.0, 0.8, 1.3)


def two_balls(axis):
    """Balls of 16 and 13 µm radius, 40 µm apart, joined by a rod of 4 µm radius."""
    shape = [np.array([31, 77, 49]), np.array([31, 133, 49]), np.array([31, 77, 77])][axis]
    grid = [
        ((np.arange(n) - n // 2) * v).reshape([-1 if a == b else 1 for b in range(3)])
        for a, (n, v) in enumerate(zip(shape, VOXEL, strict=True))
    ]
    if axis == 0:
        shape[0] = 51
        grid[0] = ((np.arange(51) - 25) * 2.0).reshape(-1, 1, 1)
    along = grid[axis]
    across = sum(side**2 for index, side in enumerate(grid) if index != axis)
    labels = np.zeros(shape, np.uint8)
    one, two = (along + 18) ** 2 + across < 16**2, (along - 20) ** 2 + across < 13**2
    labels[one | two | ((across < 16) & (np.abs(along) < 15))] = 3
    return labels, one, two


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_two_balls_on_a_rod_are_separated(axis):
    labels, one, two = two_balls(axis)
    parts = split_at_necks(labels == 3, 11.0, VOXEL)
    assert parts.max() == 2
    assert (parts[one] == 1).mean() > 0.999 and (parts[two] == 2).mean() > 0.999
    voxel = tuple(int(index) for index in np.argwhere(one)[0])
    change = separate_at_necks(labels, voxel, 11.0, VOXEL)
    after = labels.copy()
    after[change.box] = np.where(change.mask, change.labels, after[change.box])
    assert len(pieces_of(labels, 3, VOXEL)) == 1 and len(pieces_of(after, 3, VOXEL)) == 2
    assert change.voxels < 0.02 * np.count_nonzero(labels == 3)
    part = separate_at_necks(labels, voxel, 11.0, VOXEL, becomes=2, whole_part=True)
    assert abs(part.voxels / one.sum() - 1) < 0.05 and (part.labels[part.mask] == 2).all()


def test_without_a_neck_nothing_is_cut():
    labels, one, _ = two_balls(1)
    voxel = tuple(int(index) for index in np.argwhere(one)[0])
    assert separate_at_necks(labels, voxel, 4.0, VOXEL) is None
