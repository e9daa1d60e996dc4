"""Accepting writes labels, difference and stamp, after which the review counts as finished."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Material
from napari_crystalseg.review.session.acceptance import corrected_from
from napari_crystalseg.review.session.begun_review import BegunReview
from napari_crystalseg.review.session.review_state import Tick, Verdict
from napari_crystalseg.widgets.keeping.accept_box import AcceptBox
from napari_crystalseg.widgets.keeping.places_seen import PlacesSeen

from .conftest import crash

TICK = Tick("1 thin film", Verdict.RIGHT, ((2, 4), (3, 6), (5, 9)), 0.8)
SKIPPED = Tick("2 edge doubtful", Verdict.SKIPPED, ((8, 10), (3, 7), (5, 9)), 0.2)
OPEN_BOX = ((1, 2), (1, 2), (1, 2))


@pytest.fixture
def desk(make, volume, truth, source, warnings):
    one = make()
    one.open_volume(volume, source)
    one.segment(truth)
    return one


@pytest.fixture
def box(desk):
    desk.dock.make_stages()
    (made,) = desk.dock.findChildren(AcceptBox)
    return made


def accept(desk, box):
    box.button.click()
    desk.qtbot.waitUntil(lambda: desk.dock.keeper.kept.is_accepted and desk.dock.keeper.kept.is_saved, timeout=20000)
    desk.qtbot.waitUntil(lambda: desk.dock.bar.message.text().startswith("Accepted."), timeout=20000)
    return desk.dock.keeper.kept.path


def test_what_is_accepted_is_exported_next_unless_the_user_has_gone_elsewhere(desk, box):
    from napari_crystalseg.widgets.tabs import CHECK, EXPORT, REVIEW

    desk.dock.tabs.setCurrentIndex(REVIEW)
    assert not desk.dock.review.isAncestorOf(box.button)  # it does not scroll out of sight
    accept(desk, box)
    assert desk.dock.tabs.currentIndex() == EXPORT
    desk.stroke((3, 4, 5))
    desk.dock.tabs.setCurrentIndex(CHECK)
    accept(desk, box)
    assert desk.dock.tabs.currentIndex() == CHECK


def test_labels_that_are_accepted_right_before_the_dock_closes_are_accepted(desk, box, truth):
    desk.stroke((3, 4, 5))
    labels = desk.dock.session.labels.data.copy()
    box.button.click()
    kept = desk.dock.keeper.kept
    desk.dock.close_down()
    assert BegunReview.of(kept.path).accepted
    np.testing.assert_array_equal(corrected_from(kept.path, truth.data), labels)


def test_labels_that_are_accepted_and_removed_at_once_are_accepted(desk, box, truth):
    desk.stroke((3, 4, 5))
    layer, kept = desk.dock.session.labels, desk.dock.keeper.kept
    box.button.click()
    desk.viewer.layers.remove(layer)
    desk.qtbot.waitUntil(lambda: not desk.dock.keeper._going, timeout=20000)
    assert BegunReview.of(kept.path).accepted
    desk.qtbot.waitUntil(lambda: not BegunReview.of(kept.path).held, timeout=20000)
    np.testing.assert_array_equal(corrected_from(kept.path, truth.data), layer.data)


def test_the_stamp_says_what_was_done_and_the_difference_makes_the_labels_again(desk, box, truth, make, volume, source):
    desk.stroke((3, 4, 5))
    desk.stroke((8, 9, 10), Material.LOOP)
    desk.dock.keeper.take_places(PlacesSeen((TICK, SKIPPED), "", None, (TICK.box, SKIPPED.box, OPEN_BOX)))
    desk.qtbot.waitUntil(lambda: desk.dock.session.volumes_um3 is not None)
    path = accept(desk, box)
    assert box.where.isVisibleTo(box) and str(path) in box.where.text()
    labels = desk.dock.session.labels.data
    stamp = json.loads((path / "accepted.json").read_text())
    assert [edit["name"] for edit in stamp["edits"]] == ["Brush", "Brush"]
    assert stamp["minutes_spent"] >= 0
    facts = stamp["facts"]
    assert (facts["places_listed"], facts["places_seen"], facts["places_skipped"], facts["places_not_seen"]) == (
        3,
        2,
        1,
        1,
    )
    assert facts["edits_effect"] is None and facts["model_sha256"] is None
    assert {"level", "text"} == set(facts["findings"][0])
    np.testing.assert_array_equal(corrected_from(path, truth.data), labels)
    np.testing.assert_array_equal(open_labels(path / "corrected.zarr").data, labels)
    assert BegunReview.of(path).accepted
    # It is finished: the next opening does not offer it.
    crash(desk)
    again = make()
    again.open_volume(volume, source)
    assert again.dock.recovery.offer is None


def test_an_edit_after_it_makes_the_review_unfinished_again(desk, box, make, volume, source):
    desk.stroke((3, 4, 5))
    path = accept(desk, box)
    desk.stroke((9, 4, 5))
    assert not desk.dock.keeper.kept.is_accepted
    desk.wait_saved()
    assert not BegunReview.of(path).accepted
    desk.dock.session.labels.undo()
    path = accept(desk, box)
    assert BegunReview.of(path).accepted


def test_good_labels_are_accepted_without_an_edit(desk, box, truth):
    path = accept(desk, box)
    np.testing.assert_array_equal(corrected_from(path, truth.data), truth.data)
    assert json.loads((path / "accepted.json").read_text())["voxels_corrected"] == 0


def test_what_cannot_be_written_is_said_and_nothing_counts_as_accepted(desk, box, monkeypatch):
    from napari_crystalseg.errors import InputError
    from napari_crystalseg.review.session import acceptance

    def full(labels, path):
        raise InputError(f"{path} cannot be written (No space left on device).")

    monkeypatch.setattr(acceptance, "save_labels", full)
    desk.stroke((3, 4, 5))
    box.button.click()
    desk.qtbot.waitUntil(lambda: desk.dock.bar.warns, timeout=20000)
    assert "not accepted" in desk.dock.bar.message.text() and "No space left" in desk.dock.bar.message.text()
    assert not desk.dock.keeper.kept.is_accepted
    desk.wait_saved()
    assert not BegunReview.of(desk.dock.keeper.kept.path).accepted
