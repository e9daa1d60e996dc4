"""A dispensing position against what is truly there."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.drops.scores import target_score

SHAPE = (60, 90)


def truth():
    drop, crystal = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    drop[10:51, 10:81] = True
    crystal[20:41, 60:71] = True
    return DropObjects(SHAPE, (DropObject(DROP, drop), DropObject(CRYSTAL, crystal)))


def test_the_best_place_itself():
    # 41 rows: 21 from either edge along the middle row, as far as that is from the left edge and from the crystal.
    score = target_score(truth(), (30.0, 35.0))
    assert (score.in_drop, score.in_crystal, score.clearance_px, score.best_clearance_px) == (True, False, 21.0, 21.0)
    assert score.distance_px <= 5


def test_in_a_crystal_outside_and_off_the_image():
    assert target_score(truth(), (30.0, 65.0)).in_crystal
    assert target_score(truth(), (30.0, 65.0)).clearance_px == 0
    outside = target_score(truth(), (5.0, 5.0))
    assert (outside.in_drop, outside.in_crystal, outside.clearance_px) == (False, False, 0.0)
    assert not target_score(truth(), (-7.0, 500.0)).in_drop


def test_between_pixels_and_without_a_drop():
    assert target_score(truth(), (30.25, 20.0)).clearance_px == pytest.approx(np.hypot(11, 0.25))
    nothing = target_score(DropObjects(SHAPE), (30.0, 30.0))
    assert (nothing.distance_px, nothing.best_clearance_px, nothing.in_drop) == (None, None, False)
