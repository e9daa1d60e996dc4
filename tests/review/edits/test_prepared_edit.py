"""Edits that are worked out first and made later."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.edits.policy import EditPolicy
from napari_crystalseg.review.edits.tally import Tally


def same(one: Tally, other: Tally) -> bool:
    return bool((one.counts == other.counts).all() and (one.faces == other.faces).all())


def test_it_changes_nothing_until_it_is_made_and_then_what_apply_edit_does():
    rng = np.random.default_rng(0)
    data = rng.integers(0, 5, (9, 10, 11)).astype(np.uint8)
    one, other = EditedLabels(data.copy()), EditedLabels(data.copy())
    one.counted()
    other.counted()
    policy = EditPolicy(locked=frozenset({Material.LOOP}))
    for step in range(12):
        mask = rng.random(data.shape) < 0.2
        before = one.data.copy()
        prepared = one.prepare(mask, step % 5, policy, "Tool")
        np.testing.assert_array_equal(one.data, before)
        if prepared is not None:
            one.make(prepared)
        other.apply_edit(mask, step % 5, policy, "Tool")
        np.testing.assert_array_equal(one.data, other.data)
        assert same(one.counted(), Tally.of(one.data))
    while one.timeline.next_undo:
        one.undo()
        assert same(one.counted(), Tally.of(one.data))
    np.testing.assert_array_equal(one.data, data)
    while one.timeline.next_redo:
        one.redo()
        assert same(one.counted(), Tally.of(one.data))
    np.testing.assert_array_equal(one.data, other.data)


def test_labels_that_were_counted_only_afterwards_are_counted_right():
    labels = EditedLabels(np.zeros((5, 6, 7), np.uint8))
    prepared = labels.prepare((slice(1, 3), slice(1, 3), slice(1, 3)), 3)
    labels.counted()
    labels.make(prepared)
    assert same(labels.counted(), Tally.of(labels.data))
    labels.undo()
    assert same(labels.counted(), Tally.of(labels.data))


def test_it_is_refused_on_labels_that_were_edited_since():
    labels = EditedLabels(np.zeros((5, 6, 7), np.uint8))
    prepared = labels.prepare((slice(0, 2), slice(0, 2), slice(0, 2)), 3, name="Grow")
    labels.apply_edit((slice(4, 5), slice(0, 1), slice(0, 1)), 1)
    before = labels.data.copy()
    with pytest.raises(InputError, match="edited since “Grow” was prepared"):
        labels.make(prepared)
    np.testing.assert_array_equal(labels.data, before)


def test_nothing_is_prepared_where_nothing_would_change():
    labels = EditedLabels(np.zeros((5, 6, 7), np.uint8))
    assert labels.prepare((slice(0, 2), slice(0, 2), slice(0, 2)), 0) is None
