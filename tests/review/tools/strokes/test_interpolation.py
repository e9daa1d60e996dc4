import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.tools.strokes.interpolation import interpolate_slices

VOXEL = (2.0, 0.8, 1.3)


def applied(labels, change):
    after = labels.copy()
    after[change.box] = np.where(change.mask, change.labels, after[change.box])
    return after


def truth(axis, slope, film=True):
    """A leaning cone frustum of crystal in a coat of liquor; slices across ``axis``, lengths in µm."""
    shape = [61, 67, 63]
    shape[axis] = 31
    grid = [
        (np.arange(n) * v).reshape([-1 if a == b else 1 for b in range(3)])
        for a, (n, v) in enumerate(zip(shape, VOXEL, strict=True))
    ]
    one, two = (side for side in range(3) if side != axis)
    t = grid[axis] / (30 * VOXEL[axis])
    middle = [shape[side] * VOXEL[side] / 2 for side in (one, two)]
    r2 = (grid[one] - middle[0] - slope * (t - 0.5)) ** 2 + (grid[two] - middle[1]) ** 2
    labels = np.zeros(shape, np.uint8)
    radius = 9 + 5 * t
    if film:
        labels[r2 < (radius + 5) ** 2] = 1
    labels[r2 < radius**2] = 3
    return labels


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_what_changes_linearly_is_restored_from_its_two_end_slices(axis):
    whole = truth(axis, slope=14)
    ends = np.zeros_like(whole)
    for index in (0, 30):
        place = tuple(index if side == axis else slice(None) for side in range(3))
        ends[place] = whole[place]
    together = applied(ends, interpolate_slices(ends, axis, 30, 0, VOXEL))
    for code in (1, 3):
        both = 2 * np.count_nonzero((together == code) & (whole == code))
        # A third of a voxel is 6 % of the film and 3 % of the crystal.
        least = 0.94 if code == 1 else 0.965
        assert both / (np.count_nonzero(together == code) + np.count_nonzero(whole == code)) > least
    for index in (0, 30):
        place = tuple(index if side == axis else slice(None) for side in range(3))
        assert np.array_equal(together[place], whole[place])


def test_one_class_leaves_the_others_where_it_does_not_come_and_takes_back_what_it_had_outside():
    whole = truth(0, slope=0)
    spoilt = whole.copy()
    spoilt[5:26][whole[5:26] == 3] = 1
    spoilt[15, 2:5, 2:5] = 3
    after = applied(spoilt, interpolate_slices(spoilt, 0, 0, 30, VOXEL, label=3))
    assert np.count_nonzero(after != whole) < 0.03 * np.count_nonzero(whole == 3)
    assert not after[15, 2:5, 2:5].any()


def test_a_class_that_one_slice_lacks_tapers_to_it():
    labels = np.zeros((21, 41, 41), np.uint8)
    y, x = np.mgrid[:41, :41] - 20
    labels[0][y**2 + x**2 < 15**2] = 3
    areas = (applied(labels, interpolate_slices(labels, 0, 0, 20, (1, 1, 1), label=3)) == 3).sum(axis=(1, 2))
    assert (np.diff(areas) <= 0).all()
    assert abs(areas[10] / (np.pi * 7.5**2) - 1) < 0.1 and areas[20] == 0 and areas[18] > 0


def test_slices_without_the_class_are_refused_and_neighbours_need_nothing():
    labels = np.zeros((5, 6, 7), np.uint8)
    with pytest.raises(InputError, match="draw it in both first"):
        interpolate_slices(labels, 0, 0, 4, VOXEL, label=3)
    with pytest.raises(InputError, match="run from 0 to 4"):
        interpolate_slices(labels, 0, 0, 5, VOXEL)
    assert interpolate_slices(labels, 0, 3, 4, VOXEL) is None
