import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.tools.strokes.scissors import cut_with_scissors


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_outline_cuts_through_the_class_alone(axis):
    labels = np.full((9, 11, 13), 3, np.uint8)
    labels[:, :, 6] = 1
    outline = [(1.5, 1.5), (1.5, 4.5), (5.5, 4.5), (5.5, 1.5)]
    change = cut_with_scissors(labels, outline, axis, 3, 1)
    expected = np.zeros(labels.shape, bool)
    place = [slice(2, 6), slice(2, 5)]
    place.insert(axis, slice(None))
    expected[tuple(place)] = True
    mask = np.zeros(labels.shape, bool)
    mask[change.box] = change.mask
    assert np.array_equal(mask, expected & (labels == 3)) and (change.labels[change.mask] == 1).all()


def test_depths_limit_the_cut_and_outlines_need_corners():
    labels = np.full((9, 11, 13), 3, np.uint8)
    square = [(-5, -5), (-5, 20), (20, 20), (20, -5)]
    assert cut_with_scissors(labels, square, 0, 3, 1, depths=(2, 4)).voxels == 3 * 11 * 13
    assert cut_with_scissors(labels, square, 0, 2, 1) is None
    with pytest.raises(InputError, match="three corners"):
        cut_with_scissors(labels, square[:2], 0, 3, 1)
    with pytest.raises(InputError, match="between slices 0 and 8"):
        cut_with_scissors(labels, square, 0, 3, 1, depths=(2, 9))
