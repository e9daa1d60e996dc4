"""Strokes are drawn apart from the labels, and teach them in one edit that undo takes back."""

from __future__ import annotations

import numpy as np
import pytest

from helpers import dock_worker_tasks as work
from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.policy import EditPolicy
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_list import PlaceList
from napari_crystalseg.review.places.stop_line import StopLine
from napari_crystalseg.review.session.review_state import Verdict
from napari_crystalseg.widgets.class_labels.class_keys import ClassKeys
from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.session.place_review import PlaceReview
from napari_crystalseg.widgets.teaching import teach_box

from .conftest import SHAPE, VOXEL_UM, sample, stroke, three_strokes

CRYSTAL_VOXELS = 12 * 16 * 10


@pytest.fixture
def by_value(monkeypatch):
    monkeypatch.setattr(teach_box, "teach_volume", work.teach_by_value)


def test_labels_get_one_edit_that_undo_takes_back_exactly(box, desk, labels, viewer, by_value, ended):
    before = labels.data.copy()
    three_strokes(box)
    box.teach()
    ended()
    np.testing.assert_array_equal(labels.data, sample())
    edits = edits_of(labels).edited.timeline.edits
    assert [edit.name for edit in edits] == ["Teach by strokes"]
    volume = f"{CRYSTAL_VOXELS * np.prod(VOXEL_UM):.0f}"
    said = box.said.text()
    assert f"liquor \N{MINUS SIGN}{volume}, crystal +{volume} µm³" in said
    assert "the labels before said was trusted 25 % in crystal" in said
    labels.undo()
    np.testing.assert_array_equal(labels.data, before)
    assert viewer.layers.selection.active is labels


def place(low, size, labels, to):
    box = tuple(slice(a, a + n) for a, n in zip(low, size, strict=True))
    return Place(box, np.ones(size, bool), int(labels.data[low]), to, low, VOXEL_UM, 0.5, 1.0, "edge doubtful")


def test_places_are_looked_for_again_and_ticks_of_what_was_left_alone_stay(
    box, desk, labels, by_value, ended, found, qtbot
):
    three_strokes(box)
    places = (
        place((4, 8, 4), (2, 2, 2), labels, Material.AIR),  # liquor it is, before and after
        place((10, 15, 8), (2, 2, 2), labels, Material.CRYSTAL),  # ticked as right, and taught another class
        place((12, 20, 8), (2, 2, 2), labels, Material.CRYSTAL),  # open, and taught what was suggested
    )
    review = PlaceReview(labels, PlaceList(places, StopLine(0.5, 0.1, 0.0, 0.0, None)))
    desk.session.review = review.ticked(0, Verdict.RIGHT).ticked(1, Verdict.RIGHT)
    seen = []
    desk.session.events.review.connect(seen.append)
    box.teach()
    ended()
    assert desk.session.review is None
    qtbot.waitUntil(lambda: len(found) == 1)
    # Nobody has looked at what teaching has changed.
    assert found[0].places.done == {0} and found[0].verdicts == {0: Verdict.RIGHT}
    assert seen[-2] is found[0]  # and this is what is kept on disk


def test_what_edits_are_limited_to_holds(box, labels, by_value, ended):
    before = labels.data.copy()
    edits_of(labels).policy = EditPolicy(locked=frozenset({Material.CRYSTAL}))
    three_strokes(box)
    box.teach()
    ended()
    np.testing.assert_array_equal(labels.data, before)
    assert box.said.text().startswith(f"Nothing changed. {CRYSTAL_VOXELS} voxels stay, as edits are limited.")


def test_the_uncertainty_takes_the_place_of_the_one_before(box, desk, labels, viewer, by_value, ended):
    from napari_crystalseg.widgets.layers.label_layer import uncertainty_layer
    from napari_crystalseg.widgets.layers.layer_place import spatial_of

    hidden = uncertainty_layer(np.zeros(SHAPE, np.uint8), spatial_of(labels))
    viewer.add_layer(hidden)
    three_strokes(box)
    box.teach()
    ended()
    assert (np.asarray(hidden.data) == 128).all() and (desk.session.uncertainty[labels] == 128).all()
    assert sum(layer.name.startswith("uncertainty") for layer in viewer.layers) == 1
    labels.undo()
    assert not np.asarray(hidden.data).any() and labels not in desk.session.uncertainty
    labels.redo()
    assert (np.asarray(hidden.data) == 128).all() and (desk.session.uncertainty[labels] == 128).all()


def test_no_stage_takes_strokes_for_labels(box, desk, labels, viewer):
    stroke(box, Material.AIR, (13, 1, 3), (13, 1, 18))
    assert desk.session.labels is labels and desk.session.strokes is box.layer
    assert str(box.layer.mode) == "paint" and box.layer.n_edit_dimensions == 2 and box.layer.brush_size == 3
    assert set(np.unique(np.argwhere(box.layer.data)[:, 0])) == {13}
    np.testing.assert_allclose(box.layer.data_to_world((1, 2, 3)), labels.data_to_world((1, 2, 3)))


def test_classes_are_chosen_by_button_and_key(box, desk, labels, qtbot):
    from qtpy.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    keys = ClassKeys(desk.viewer, desk.session, desk.connections, window)
    box.classes.buttons[Material.LIQUOR].click()
    assert box.draw_button.isChecked() and box.layer.selected_label == Material.LIQUOR
    chosen = labels.selected_label
    keys.choose(Material.AIR)
    assert box.layer.selected_label == 5 and labels.selected_label == chosen
    assert box.classes.buttons[Material.AIR].isChecked() and not box.classes.buttons[Material.LIQUOR].isChecked()
    box.draw_button.click()
    assert not box.layer.visible and desk.session.strokes is None
    keys.choose(Material.LOOP)
    assert labels.selected_label == Material.LOOP


def test_strokes_are_undone_and_cleared(box, image):
    stroke(box, Material.AIR, (13, 1, 3), (13, 1, 18))
    one = int(box.classes.counts[Material.AIR].text())
    assert one == np.count_nonzero(box.layer.data) > 0
    stroke(box, Material.CRYSTAL, (13, 15, 10), (13, 25, 10))
    assert box.classes.counts[Material.CRYSTAL].text() != "0" and box.need.text() == ""
    box.layer.undo()
    assert box.classes.counts[Material.CRYSTAL].text() == "0" and box.classes.counts[Material.AIR].text() == str(one)
    box.clear_button.click()
    assert not box.layer.data.any() and box.classes.counts[Material.AIR].text() == "0"
    box.layer.undo()
    assert np.count_nonzero(box.layer.data) == one == int(box.classes.counts[Material.AIR].text())


def test_strokes_are_drawn_in_the_other_planes_too(box, image):
    from napari_crystalseg.widgets.planes.brush import Stroke

    box.draw(Material.AIR)
    stroke_in_plane = Stroke(box.layer, 1)
    stroke_in_plane.to(np.array([3.0, 20.0, 2.0]))
    stroke_in_plane.to(np.array([3.0, 20.0, 12.0]))
    stroke_in_plane.end()
    drawn = np.argwhere(box.layer.data)
    assert set(drawn[:, 1]) == {20} and int(box.classes.counts[Material.AIR].text()) == len(drawn)


def test_the_network_is_asked_for_on_one_grid(monkeypatch):
    from napari_crystalseg.review.teaching import teach as core
    from napari_crystalseg.segmentation import ClassProbabilities
    from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid
    from napari_crystalseg.widgets.tasks.teaching import teach_volume

    given = {}
    monkeypatch.setattr(core, "teach", lambda *args, **options: given.update(options))
    half = np.full((2, 4, 4, 4), 0.5, np.float32)
    grid = WorkingGrid((8, 8, 8), (4, 4, 4))
    teach_volume(None, None, None, ClassProbabilities((grid,), (half,), (half[0] * 0,), (0, 3)))
    assert given["probabilities"].shape == (5, 4, 4, 4) and (given["probabilities"][[0, 3]] == 0.5).all()
    teach_volume(None, None)
    assert given["probabilities"] is None


def test_what_is_missing_is_said(box, desk, viewer, image, warnings):
    box.teach_button.click()
    assert "no strokes yet" in warnings[-1]
    stroke(box, Material.LOOP, (13, 1, 3), (13, 1, 18))
    box.teach_button.click()
    assert "All strokes are loop" in warnings[-1] and "at least two classes" in warnings[-1]
    viewer.layers.remove(image)
    box.draw_button.click()
    assert "no volume" in warnings[-1] and not box.draw_button.isChecked()
    box.teach_button.click()
    assert "no volume" in warnings[-1]


def test_cancelled_nothing_changed(box, desk, labels, monkeypatch, ended, qtbot):
    monkeypatch.setattr(teach_box, "teach_volume", work.teach_forever)
    before = labels.data.copy()
    three_strokes(box)
    box.teach()
    assert desk.session.busy and not box.teach_button.isEnabled()
    desk.bar.cancel()
    ended()
    np.testing.assert_array_equal(labels.data, before)
    assert "cancelled" in desk.bar.message.text() and box.teach_button.isEnabled()
    assert box.classes.counts[Material.CRYSTAL].text() != "0"


def test_layers_may_be_deleted_meanwhile(box, desk, labels, viewer, by_value, ended, warnings):
    three_strokes(box)
    box.teach()
    viewer.layers.remove(box.layer)
    assert box.layer is None and desk.session.strokes is None
    ended()
    np.testing.assert_array_equal(labels.data, sample())
    three_strokes(box)
    labels.undo()
    box.teach()
    viewer.layers.remove(labels)
    ended()
    assert "are gone" in warnings[-1]


def test_another_sample_has_no_strokes_and_the_layer_is_used_again(box, desk, image, viewer):
    from napari_crystalseg.volume import Volume
    from napari_crystalseg.widgets.layers.label_layer import image_layer

    three_strokes(box)
    layer = box.layer
    other = image_layer(Volume(np.arange(480, dtype=np.float32).reshape(10, 8, 6), 1.0))
    viewer.layers.remove(image)
    viewer.add_layer(other)
    assert box.layer is None and not layer.visible and box.classes.counts[Material.AIR].text() == "0"
    box.draw()
    assert box.layer is layer and layer.data.shape == (10, 8, 6) and not layer.data.any()
    np.testing.assert_allclose(layer.data_to_world((1, 2, 3)), other.data_to_world((1, 2, 3)))
