from __future__ import annotations

import numpy as np

from napari_crystalseg.segmentation.postprocessing import keep_largest_crystal


def sample() -> np.ndarray:
    labels = np.zeros((20, 20, 20), dtype=np.uint8)
    labels[2:18, 2:18, 2:12] = 1
    labels[4:10, 4:10, 4:10] = 3
    return labels


def test_islands_take_the_class_around_them():
    labels = sample()
    expected = labels.copy()
    labels[13, 13, 5:7] = 3  # in liquor
    labels[15, 15, 17] = 3  # in air
    assert np.array_equal(keep_largest_crystal(labels), expected)


def test_island_at_the_corner_of_the_field():
    labels = sample()
    expected = labels.copy()
    labels[0, 0, 0] = labels[19, 19, 19] = 3
    assert np.array_equal(keep_largest_crystal(labels), expected)


def test_pieces_that_touch_by_a_corner_are_two():
    labels = sample()
    labels[10, 10, 10] = 3
    assert keep_largest_crystal(labels)[10, 10, 10] == 1


def test_one_piece_or_none_is_left_alone():
    labels = sample()
    assert keep_largest_crystal(labels) is labels
    none = np.ones((4, 4, 4), dtype=np.uint8)
    assert keep_largest_crystal(none) is none
