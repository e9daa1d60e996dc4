"""Lines and boxes that are drawn for a tool, and the slices that were drawn in."""

import numpy as np

from napari_crystalseg.widgets.tool_box.hand.drawn_slices import DrawnSlices
from napari_crystalseg.widgets.tool_box.hand.sketch import box_between, drawn_voxels
from napari_crystalseg.widgets.tool_box.proposals.proposal import DRAWN


def test_lines_have_no_gaps_and_close():
    path = np.array([[3.2, 1, 1], [3.2, 1, 6], [3.2, 5, 6]])
    (z, y, x), picture = drawn_voxels(path, 0, (8, 8, 8), closed=True)
    assert (z, y, x) == (slice(3, 4), slice(1, 6), slice(1, 7))
    assert (picture[0, 0] == DRAWN).all()
    assert (picture[0, :, -1] == DRAWN).all()
    assert np.count_nonzero(picture) == 6 + 4 + 4  # the slanted side has a voxel for each of its longer steps


def test_what_lies_outside_is_not_drawn():
    assert drawn_voxels(np.array([[9.0, 1, 1], [9, 2, 2]]), 0, (8, 8, 8)) is None
    (_, _, x), _ = drawn_voxels(np.array([[1.0, 1, -3], [1, 1, 2]]), 0, (8, 8, 8))
    assert x == slice(0, 3)


def test_a_box_is_as_deep_as_its_shorter_side_in_micrometres():
    box = box_between(np.array([10.0, 20, 4]), np.array([10.0, 5, 11]), 0, (0.5, 0.25, 1.0), (40, 40, 40))
    # 16 rows of 0.25 µm and 8 columns of 1 µm: the shorter side is 4 µm, 8 slices, 4 on each side.
    assert box == (slice(6, 15), slice(5, 21), slice(4, 12))
    assert box_between(np.array([1.0, 50, 50]), np.array([1.0, 60, 60]), 0, (1, 1, 1), (40, 40, 40)) is None


def test_the_other_slice_is_the_last_that_was_drawn_in_along_the_axis():
    slices = DrawnSlices()
    ball = (slice(2, 8), slice(1, 4), slice(1, 4))
    slices.note(ball, 0, 5)
    assert slices.other_than(0, 5) is None
    slices.note((slice(9, 10), slice(1, 4), slice(1, 4)), 1, 2)
    assert slices.other_than(0, 9) == 5
    assert slices.other_than(0, 3) == 9
    assert slices.other_than(1, 7) == 2
    assert slices.other_than(2, 0) is None
    slices.forget()
    assert slices.other_than(0, 9) is None
