"""Strokes are checked, in one order, and read from painted arrays."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.teaching.strokes import Strokes


def test_painted_codes_above_four_are_untouched_and_air_is_a_stroke():
    data = np.full((3, 4, 5), 255, dtype=np.uint8)
    data[2, 1, 3], data[0, 0, 0], data[1, 1, 1] = 3, 0, 9
    strokes = Strokes.painted(data)
    np.testing.assert_array_equal(strokes.indices, [[0, 0, 0], [2, 1, 3]])
    assert strokes.classes == (Material.AIR, Material.CRYSTAL)


def test_the_order_in_which_they_come_does_not_matter():
    one = Strokes(np.array([[2, 0, 0], [0, 1, 5]]), np.array([1, 3]))
    other = Strokes(np.array([[0, 1, 5], [2, 0, 0]]), np.array([3, 1]))
    np.testing.assert_array_equal(one.indices, other.indices)
    np.testing.assert_array_equal(one.labels, other.labels)


@pytest.mark.parametrize(
    ("indices", "labels", "said"),
    [
        (np.zeros((0, 3), int), np.zeros(0, int), "no strokes yet"),
        (np.array([[0, 0, 1], [0, 0, 1]]), np.array([1, 3]), "twice"),
        (np.array([[0, 0, -1]]), np.array([1]), "0 or more"),
        (np.array([[0, 0, 1]]), np.array([5]), "only 0 air"),
        (np.array([[0, 0, 1.5]]), np.array([1]), "integers"),
        (np.array([0, 0, 1]), np.array([1]), r"shape \(n, 3\)"),
    ],
)
def test_what_are_no_strokes_is_refused(indices, labels, said):
    with pytest.raises(InputError, match=said):
        Strokes(indices, labels)


def test_a_label_volume_is_not_taken_for_strokes():
    with pytest.raises(InputError, match="More than half"):
        Strokes.painted(np.zeros((3, 4, 5), dtype=np.uint8))
