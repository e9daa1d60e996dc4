"""Editing with the stage Check open: the effect follows the brush, and nothing waits for it."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import QTimer

from helpers import dock_worker_tasks as work
from helpers.shared_holder import SharedHolder
from napari_crystalseg.absorption import Directions, EditEffect, compare_edits, map_sensitivity
from napari_crystalseg.absorption.edits.changed_box import growing_box
from napari_crystalseg.jobs import Worker
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.widgets import CrystalSegDock
from napari_crystalseg.widgets.check import edit_follower
from napari_crystalseg.widgets.check.edit_effect_view import SENSITIVITY
from napari_crystalseg.widgets.layers.label_layer import add_labels, labels_layer
from napari_crystalseg.widgets.parts.effect_words import effect_text
from napari_crystalseg.widgets.parts.job_bar import WorkerHolder
from napari_crystalseg.widgets.tabs import CHECK
from napari_crystalseg.widgets.tasks import edits, segmentation

LONG_MS = 60000


@pytest.fixture(scope="module")
def effect_worker():
    with Worker() as worker:
        yield worker


@pytest.fixture
def checking(labelled, effect_worker, qtbot):
    """The dock with labels, with the stage Check in view."""
    effect_worker.warm()
    labelled.check.effect.follower.holder = SharedHolder(effect_worker)
    labelled.check.sphere.setValue(20)
    labelled.tabs.setCurrentIndex(CHECK)
    labelled.show()
    rested(labelled, qtbot)
    return labelled


def rested(dock, qtbot):
    """Wait until the effect is that of the labels as they are."""
    follower, monitor = dock.check.effect.follower, dock.followers.monitor

    def at_rest():
        counted = not monitor._rest.isActive() and monitor._recount is None
        return counted and dock.session.fingerprint is not None and not follower.working

    qtbot.waitUntil(at_rest, timeout=LONG_MS)


def expected(dock, truth, n=20):
    coefficients = dock.session.coefficients.values
    edited = Labels(np.array(dock.session.labels.data), truth.voxel_size_um)
    return compare_edits(truth, edited, coefficients, Directions.over_sphere(n))


def test_the_histograms_of_automatic_and_edited_labels(checking, truth, qtbot):
    session, view = checking.session, checking.check.effect
    assert session.edits.effect.mean_change == 0
    assert "No edits" in view.line.text()
    assert len(view.histogram._heights) == 1
    session.labels.paint((8, 10, 12), 1)
    rested(checking, qtbot)
    effect = session.edits.effect
    np.testing.assert_array_equal(effect.after, expected(checking, truth).after)
    assert effect.mean_change != 0
    assert [sum(heights) for heights in view.histogram._heights] == [20, 20]
    assert view.histogram._names == ("automatic", "edited")
    assert view.line.text() == effect_text("Edits so far", effect)
    # A second stroke adds to the first.
    session.labels.paint((3, 4, 4), 3)
    rested(checking, qtbot)
    np.testing.assert_array_equal(session.edits.effect.before, effect.before)
    np.testing.assert_array_equal(session.edits.effect.after, expected(checking, truth).after)
    session.labels.undo()
    session.labels.undo()
    rested(checking, qtbot)
    assert session.edits.effect.mean_change == 0 and len(view.histogram._heights) == 1


def test_the_brush_is_free_while_the_effect_is_measured(checking, truth, qtbot, monkeypatch):
    monkeypatch.setattr(edits, "measure_edits", work.measure_edits_slowly)
    session, follower = checking.session, checking.check.effect.follower
    session.labels.paint((8, 10, 12), 1)
    qtbot.waitUntil(lambda: follower._job is not None, timeout=LONG_MS)
    seen = []
    session.events.edits.connect(lambda edits: seen.append(edits))
    session.labels.paint((3, 4, 4), 3)
    rested(checking, qtbot)
    # What was measured of the first stroke alone was never shown.
    assert len(seen) == 1
    np.testing.assert_array_equal(session.edits.effect.after, expected(checking, truth).after)


def test_a_job_neither_waits_nor_is_held_up(checking, loaded, monkeypatch, qtbot):
    monkeypatch.setattr(segmentation, "segment", work.segment_forever)
    checking.segment.segment_button.click()
    qtbot.waitUntil(lambda: checking.bar.progress.value() > 0, timeout=LONG_MS)
    before = checking.session.edits.effect
    checking.session.labels.paint((8, 10, 12), 1)
    rested(checking, qtbot)
    assert checking.session.busy and checking.session.edits.effect is not before
    checking.bar.cancel()
    qtbot.waitUntil(lambda: not checking.session.busy, timeout=LONG_MS)


def test_coefficients_and_directions_are_those_that_are_set(checking, truth, qtbot):
    checking.session.labels.paint((8, 10, 12), 1)
    checking.check.coefficients.fields[Material.CRYSTAL].setValue(0.03)
    checking.check.sphere.setValue(12)
    rested(checking, qtbot)
    effect = checking.session.edits.effect
    assert len(effect.after) == 12
    np.testing.assert_array_equal(effect.after, expected(checking, truth, 12).after)


def test_nothing_is_measured_while_nobody_looks(checking, qtbot):
    before = checking.session.edits.effect
    checking.tabs.setCurrentIndex(0)
    checking.session.labels.paint((8, 10, 12), 1)
    qtbot.waitUntil(lambda: checking.session.fingerprint is not None, timeout=LONG_MS)
    qtbot.wait(300)
    assert checking.session.edits.effect is before
    checking.tabs.setCurrentIndex(CHECK)
    rested(checking, qtbot)
    assert checking.session.edits.effect.mean_change != 0


def test_the_crystal_painted_over_is_said_and_recovers(checking, qtbot):
    layer = checking.session.labels
    layer.data_setitem(np.nonzero(layer.data == 3), 1)
    rested(checking, qtbot)
    assert checking.session.edits.effect is None
    assert "No crystal is left" in checking.check.effect.line.text()
    layer.undo()
    rested(checking, qtbot)
    assert "No edits" in checking.check.effect.line.text()


def test_what_the_light_refuses_is_not_said_again(checking, qtbot):
    layer, view = checking.session.labels, checking.check.effect
    layer.data_setitem(np.nonzero(layer.data == Material.LOOP), int(Material.OTHER))
    rested(checking, qtbot)
    assert checking.session.edits.effect is None and checking.session.edits.note
    assert view.line.text() == ""
    assert any("Class 4" in text for text in checking.check.light.problems())
    view.map_button.click()
    # The words of the dock, not the options of the command line.
    assert "type it in" in checking.bar.message.text() and "--" not in checking.bar.message.text()
    layer.undo()
    rested(checking, qtbot)
    assert "No edits" in view.line.text()


def test_a_killed_process_is_replaced(checking, truth, effect_worker, qtbot):
    import psutil

    psutil.Process(effect_worker.pid).kill()
    qtbot.waitUntil(lambda: effect_worker.pid is None, timeout=LONG_MS)
    checking.session.labels.paint((8, 10, 12), 1)
    rested(checking, qtbot)
    np.testing.assert_array_equal(checking.session.edits.effect.after, expected(checking, truth).after)


def test_deleted_labels_take_their_effect_with_them(checking, viewer, qtbot):
    checking.session.labels.paint((8, 10, 12), 1)
    viewer.layers.remove(checking.session.labels)
    qtbot.wait(300)
    assert checking.session.labels is None and checking.session.edits.effect is None
    assert not checking.check.effect.follower.working
    assert not checking.check.effect.line.isVisible() and not checking.check.effect.map_button.isEnabled()


def test_other_labels_have_automatic_ones_of_their_own(checking, viewer, truth, qtbot):
    first = checking.session.labels
    first.paint((8, 10, 12), 1)
    rested(checking, qtbot)
    changed = checking.session.edits.effect.after
    other = labels_layer(Labels(np.where(truth.data == 2, 1, truth.data), truth.voxel_size_um))
    add_labels(viewer, other)
    checking.session.labels = other
    rested(checking, qtbot)
    assert checking.session.edits.effect.mean_change == 0
    checking.session.labels = first
    rested(checking, qtbot)
    np.testing.assert_array_equal(checking.session.edits.effect.after, changed)


def test_a_voxel_size_that_is_not_known_is_asked_for(checking, qtbot):
    checking.session.labels.units = ("pixel",) * 3
    rested(checking, qtbot)
    qtbot.waitUntil(lambda: "voxel size" in checking.check.effect.line.text())
    assert checking.session.edits.effect is None


def test_a_second_dock_holds_edits_against_the_same_labels(checking, viewer, truth, effect_worker, qtbot):
    checking.session.labels.paint((8, 10, 12), 1)
    checking.close()
    again = CrystalSegDock(viewer)
    qtbot.addWidget(again)
    again.check.effect.follower.holder = SharedHolder(effect_worker)
    again.check.sphere.setValue(20)
    again.tabs.setCurrentIndex(CHECK)
    again.show()
    rested(again, qtbot)
    np.testing.assert_array_equal(again.session.edits.effect.after, expected(again, truth).after)
    again.close_down()


def test_two_docks_do_not_mix(checking, truth, qtbot):
    viewer, others = ViewerModel(), Labels(np.where(truth.data == 2, 3, truth.data).astype("u1"), truth.voxel_size_um)
    second = CrystalSegDock(viewer)
    qtbot.addWidget(second)
    add_labels(viewer, labels_layer(others))
    second.session.labels = viewer.layers[-1]
    second.check.sphere.setValue(20)
    second.tabs.setCurrentIndex(CHECK)
    second.show()
    rested(second, qtbot)
    for dock, begun in ((checking, truth), (second, others), (checking, truth)):
        dock.session.labels.paint((8, 10, 12), 1)
        rested(dock, qtbot)
        np.testing.assert_array_equal(dock.session.edits.effect.after, expected(dock, begun).after)
    assert checking.session.edits.effect.before.mean() != second.session.edits.effect.before.mean()
    second.close_down()


def test_closing_while_the_effect_is_measured_leaves_nothing(checking, monkeypatch, qtbot):
    threads = set(threading.enumerate())
    follower = checking.check.effect.follower
    follower.holder = WorkerHolder()
    monkeypatch.setattr(edits, "measure_edits", work.measure_edits_slowly)
    checking.session.labels.paint((8, 10, 12), 1)
    qtbot.waitUntil(lambda: follower._job is not None, timeout=LONG_MS)
    worker = follower.holder.worker()
    checking.close()
    assert worker.pid is None
    assert {thread for thread in threading.enumerate() if thread.name.startswith("crystalseg")} <= threads
    assert not [timer for timer in checking.findChildren(QTimer) if timer.isActive()]


def test_where_edits_matter_becomes_a_layer_beside_the_labels(checking, viewer, truth, qtbot):
    session, view = checking.session, checking.check.effect
    session.labels.paint((8, 10, 12), 1)
    view.map_button.click()
    qtbot.waitUntil(lambda: not session.busy, timeout=LONG_MS)
    layer = viewer.layers[SENSITIVITY]
    np.testing.assert_allclose(layer.scale, session.labels.scale)
    np.testing.assert_allclose(layer.translate, (10, -20, 30))
    assert layer.units == session.labels.units
    assert layer.colormap.map(0.0)[0, 3] == 0 and layer.colormap.map(1.0)[0, 3] == 1
    assert viewer.layers.selection.active is session.labels
    edited = Labels(np.array(session.labels.data), truth.voxel_size_um)
    found = map_sensitivity(edited, session.coefficients.values, Directions.over_sphere(20))
    np.testing.assert_allclose(layer.data, found.absolute_change * 1e6 / found.mean, rtol=1e-5)
    # A second map takes the place of the first.
    view.map_button.click()
    qtbot.waitUntil(lambda: not session.busy, timeout=LONG_MS)
    assert sum(one.name.startswith(SENSITIVITY) for one in viewer.layers) == 1


def test_a_map_of_deleted_labels_is_not_shown(checking, viewer, qtbot, monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    checking.check.effect.map_button.click()
    viewer.layers.remove(checking.session.labels)
    qtbot.waitUntil(lambda: not checking.session.busy, timeout=LONG_MS)
    assert SENSITIVITY not in viewer.layers
    assert "removed meanwhile" in shown[-1]


def test_the_window_is_never_held_by_large_labels(dock, viewer, effect_worker, qtbot, monkeypatch):
    """Each turn of the search for what was edited ends when its time is over, however many planes are left."""
    read, now, turns = [], [0.0], []

    def clock():
        now[0] += 0.004
        return now[0]

    def planes(before, after):
        for box in growing_box(before, after):
            read.append(box)
            yield box

    monkeypatch.setattr(edit_follower, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(edit_follower, "growing_box", planes)
    data = np.zeros((64, 64, 64), np.uint8)
    data[10:54, 10:54, 10:54] = Material.LIQUOR
    data[20:44, 20:44, 20:44] = Material.CRYSTAL
    dock.check.effect.follower.holder = SharedHolder(effect_worker)
    layer = labels_layer(Labels(data, 0.3))
    add_labels(viewer, layer)
    dock.session.labels = layer
    dock.check.sphere.setValue(50)
    dock.tabs.setCurrentIndex(CHECK)
    dock.show()
    rested(dock, qtbot)
    layer.data[30:34, 30:34, 20:30] = Material.LIQUOR
    read.clear()
    follower = dock.check.effect.follower
    original = follower._compare

    def counted():
        before = len(read)
        original()
        turns.append(len(read) - before)

    follower._turn.timeout.disconnect()
    follower._turn.timeout.connect(counted)
    layer.refresh()
    qtbot.waitUntil(lambda: dock.session.fingerprint is None or follower.working, timeout=LONG_MS)
    rested(dock, qtbot)
    assert dock.session.edits.effect.mean_change != 0
    # By the clock above a plane takes 4 ms, and a turn has 10.
    assert sum(turns) == len(read) == 64 and max(turns) == 2


def test_the_effect_in_words():
    before, after = np.array([0.5, 0.4, 0.6]), np.array([0.5, 0.404, 0.6])
    index = np.array([[1, 2, 3], [4, -5, 6], [7, 8, 9]])
    effect = EditEffect(np.arange(3), index, before, after, np.zeros(3), 0.0005)
    text = effect_text("Edits so far", effect).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert text == (
        "Edits so far: mean A +0.27 % (± 0.1), spread \N{MINUS SIGN}2.0 %, worst reflection (4 −5 6) +1.0 %."
    )
    nameless = EditEffect(np.array([3, 8, 9]), None, before, after, np.zeros(3), 0.0)
    assert "worst direction +1.0" in effect_text("Edits so far", nameless).replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_nothing_is_put_in_words_where_all_is_absorbed():
    nothing = EditEffect(np.arange(2), None, np.zeros(2), np.zeros(2), np.zeros(2), 0.0)
    assert "absorbs everything" in effect_text("Edits so far", nothing)
