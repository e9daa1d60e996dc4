"""Marks and labels as a network is shown them."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.segmentation.guidance.marks import CLASSES, GUIDES, WRONG, Mark, guide_channels


def test_a_click_is_a_gaussian_of_one_and_a_half_voxels_in_the_channel_of_its_class():
    guides = guide_channels((20, 24, 22), [Mark((10, 12, 11), 3), Mark((0, 23, 0), WRONG)])
    assert guides.shape == (GUIDES, 20, 24, 22)
    assert guides[3, 10, 12, 11] == 1
    np.testing.assert_allclose(guides[3, 10, 13, 13], np.exp(-5 / (2 * 1.5**2)), rtol=1e-6)
    assert guides[3, 10, 12, 17] == 0  # no click reaches further than five voxels
    assert guides[WRONG, 0, 23, 0] == 1
    assert np.count_nonzero(guides.max(axis=(1, 2, 3))) == 2


def test_a_click_outside_is_left_out_and_two_are_drawn_over_each_other_as_the_larger():
    assert not guide_channels((8, 8, 8), [Mark((8, 0, 0), 1), Mark((0, -1, 0), 1)]).any()
    one, other = Mark((4, 4, 3), 1), Mark((4, 4, 5), 1)
    both = guide_channels((9, 9, 9), [one, other])
    alone = [guide_channels((9, 9, 9), [mark]) for mark in (one, other)]
    np.testing.assert_array_equal(both, np.maximum(*alone))


def test_labels_and_strokes_are_shown_class_by_class():
    labels = np.arange(60, dtype=np.uint8).reshape(3, 4, 5) % 5
    strokes = np.full(labels.shape, 255, np.uint8)
    strokes[1, 2] = 2
    guides = guide_channels(labels.shape, strokes=strokes, labels=labels)
    np.testing.assert_array_equal(guides[CLASSES + 1 :].argmax(axis=0), labels)
    np.testing.assert_array_equal(guides[CLASSES + 1 :].sum(axis=0), 1)
    np.testing.assert_array_equal(guides[2], strokes == 2)
    assert not guides[[0, 1, 3, 4, WRONG]].any()
