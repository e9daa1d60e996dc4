"""Places put by hand: in a drop, in a crystal, outside, and how far from the nearest pixel that is no liquor."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.drops.review.place_check import check_dispensing_place, place_warning

DROP_OBJECT = DropObject(DROP, np.ones((30, 40), bool), (5, 5))
OBJECTS = DropObjects((50, 60), (DROP_OBJECT, DropObject(CRYSTAL, np.ones((4, 4), bool), (18, 20))))


@pytest.mark.parametrize(
    "place, clearance",
    [((20.0, 30.0), 7.0), ((20.25, 30.5), float(np.hypot(0.25, 7.5))), ((5.0, 44.0), 1.0), ((10.0, 30.0), 6.0)],
)
def test_clearance_is_that_to_the_nearest_pixel_outside(place, clearance):
    check = check_dispensing_place(OBJECTS, place)
    assert check.warning == "" and check.clearance_px == pytest.approx(clearance)


@pytest.mark.parametrize(
    "place, said",
    [((19.0, 21.0), "in a crystal"), ((2.0, 2.0), "outside the drop"), ((-4.0, 2.0), "outside the image")],
)
def test_what_is_wrong_is_said(place, said):
    check = check_dispensing_place(OBJECTS, place)
    assert check.clearance_px is None and said in check.warning


def test_without_a_drop_nothing_can_be_said():
    assert "no outline" in check_dispensing_place(DropObjects((50, 60)), (3.0, 3.0)).warning


def test_in_a_crystal_is_said_also_where_no_drop_is_outlined():
    alone = DropObjects((50, 60), (DropObject(CRYSTAL, np.ones((4, 4), bool), (18, 20)),))
    assert place_warning(alone, (20.6, 23.7)) == "There is no outline of the drop to hold the dispensing point against."
    assert place_warning(alone, (20.6, 23.4)) == "The dispensing point lies in a crystal."
