import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.edits.change import Change


def test_a_change_of_one_class_is_cut_to_the_box_around_its_mask():
    mask = np.zeros((5, 6, 7), bool)
    mask[1, 2, 3] = mask[3, 2, 5] = True
    change = Change.of_mask(mask, 3)
    assert change.box == (slice(1, 4), slice(2, 3), slice(3, 6))
    assert change.voxels == 2
    assert change.labels[0, 0, 0] == 3 and change.labels[1, 0, 1] == 0


def test_what_differs_between_two_volumes_is_a_change():
    before = np.zeros((4, 5, 6), np.uint8)
    after = before.copy()
    after[1, 1:3, 2] = 2
    change = Change.between(before, after)
    assert change.box == (slice(1, 2), slice(1, 3), slice(2, 3))
    assert (change.labels == 2).all() and change.voxels == 2
    assert Change.between(before, before) is None


def test_an_empty_mask_is_no_change():
    assert Change.of_mask(np.zeros((2, 2, 2), bool), 1) is None


@pytest.mark.parametrize("label", [5, -1])
def test_codes_that_are_no_class_are_refused(label):
    with pytest.raises(InputError, match="only 0 air"):
        Change((slice(0, 1),) * 3, np.ones((1, 1, 1), bool), np.asarray(label))


def test_codes_outside_the_mask_do_not_count():
    labels = np.array([[[9, 1]]])
    change = Change((slice(0, 1), slice(0, 1), slice(0, 2)), np.array([[[False, True]]]), labels)
    assert change.labels.tolist() == [[[0, 1]]]


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="mask of that shape"):
        Change((slice(0, 2),) * 3, np.ones((1, 1, 1), bool), np.asarray(1))
