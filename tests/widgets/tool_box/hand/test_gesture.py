"""What the hand showed a tool."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.review.tools.need import Need
from napari_crystalseg.widgets.tool_box.hand.gesture import Gesture
from napari_crystalseg.widgets.tool_box.hand.seen_slice import SeenSlice

EMPTY = Gesture(SeenSlice(0, 5))
PATH = np.array([[5.0, 2.0, 3.0], [5.0, 6.0, 9.0]])


def test_it_shows_what_was_drawn_and_no_more():
    shown = {need: set() for need in Need}
    for need in (Need.POINT, Need.STROKE, Need.OUTLINE):
        shown[need] = {other for other in Need if EMPTY.with_path(need, PATH).shows(other)}
    boxed = EMPTY.with_box(PATH, (1.0, 1.0, 1.0), (20, 20, 20))
    shown[Need.BOX] = {other for other in Need if boxed.shows(other)}
    assert shown == {
        Need.NOTHING: set(),
        Need.POINT: {Need.NOTHING, Need.POINT},
        Need.STROKE: {Need.NOTHING, Need.STROKE, Need.OUTLINE},
        Need.OUTLINE: {Need.NOTHING, Need.STROKE, Need.OUTLINE},
        Need.BOX: {Need.NOTHING, Need.BOX},
    }
    assert not EMPTY.shows(Need.POINT)


def test_a_box_outside_the_labels_is_none():
    assert EMPTY.with_box(PATH + 50, (1.0, 1.0, 1.0), (20, 20, 20)).box is None
