"""Labels that are edited, and what was found: scores stay with what nobody touched."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject
from napari_crystalseg.drops.review.object_labels import ObjectLabels

SHAPE = (40, 50)


def block(row, column, size, score=1.0, kind=CRYSTAL):
    return DropObject(kind, np.ones((size, size), bool), (row, column), score)


FOUND = (block(2, 2, 6, 0.4), block(10, 10, 12, 0.9), block(14, 14, 4, 0.7), block(0, 0, 39, 0.95, DROP))


def of(objects):
    return sorted((one.box_px, one.score, one.area_px) for one in objects)


@pytest.fixture
def plane():
    return ObjectLabels(SHAPE, CRYSTAL, FOUND, 0.6)


def test_what_nobody_touched_keeps_score_and_hidden_pixels(plane):
    labels = plane.labels
    assert sorted(np.unique(labels)) == [0, 1, 2]  # best first: 0.9, 0.7
    assert (labels == 1).sum() == 144 - 16 and (labels == 2).sum() == 16
    assert of(plane.objects(labels)) == of(FOUND[1:3])
    assert plane.touched(labels) == set()


def test_the_filter_leaves_edits_alone(plane):
    labels = plane.labels
    labels[30:33, 30:33] = 9
    labels[labels == 2] = 0  # which leaves a hole in the one below
    ring = (10, 10, 22, 22), 1.0, 128
    lower = plane.filtered(labels, 0.3)
    assert of(plane.objects(lower)) == sorted([*of([block(30, 30, 3), FOUND[0]]), ring])
    highest = plane.filtered(lower, 1.0)
    assert of(plane.objects(highest)) == sorted([*of([block(30, 30, 3)]), ring])
    again = plane.filtered(highest, 0.3)
    assert np.array_equal(again, lower)


def test_an_edit_that_is_undone_is_none(plane):
    labels = plane.labels
    before = labels.copy()
    labels[10:12] = 0
    assert plane.touched(labels) == {1}
    assert (11, 0.9) not in [(one.box_px[1], one.score) for one in plane.objects(labels)]
    assert plane.touched(before) == set()


def test_a_changed_crystal_has_the_mask_that_is_seen(plane):
    labels = plane.labels
    labels[10:12] = 0
    changed = next(one for one in plane.objects(labels) if one.score == 1)
    assert changed.box_px == (10, 12, 22, 22) and changed.area_px == 120 - 16


def test_a_review_is_shown_as_it_was_left(plane):
    labels = plane.labels
    labels[30:33, 30:33] = 9
    labels[labels == 2] = 0
    kept = plane.objects(labels)
    again = ObjectLabels(SHAPE, CRYSTAL, FOUND, 0.6)
    shown = again.restored([*kept, FOUND[3]])
    assert of(again.objects(shown)) == of(kept)
    assert of(again.objects(again.filtered(shown, 0.3))) == of([*kept, FOUND[0]])


def test_what_is_found_later_comes_below_what_was_drawn():
    plane = ObjectLabels(SHAPE, CRYSTAL)
    labels = plane.labels
    labels[12:14, 12:14] = 1
    shown = plane.with_found(labels, FOUND)
    plane.lowest_score = 0.0
    shown = plane.filtered(shown, 0.6)
    assert of(plane.objects(shown)) == of([FOUND[1], FOUND[2], block(12, 12, 2)])
    assert shown[12, 12] == 4


def test_a_label_of_something_hidden_is_not_mistaken_for_it(plane):
    labels = plane.labels
    assert plane.next_label(labels) == 4
    labels[30:33, 30:33] = 3  # as napari numbers a new label; 3 is the one of 0.4
    assert of(plane.objects(labels)) == of([block(30, 30, 3), *FOUND[1:3]])
    lower = plane.filtered(labels, 0.3)
    assert of(plane.objects(lower)) == of([block(30, 30, 3), *FOUND[:3]])
