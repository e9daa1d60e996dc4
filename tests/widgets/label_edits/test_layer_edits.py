"""Strokes, tools, undo and redo of a labels layer in one timeline."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.policy import EditPolicy
from napari_crystalseg.review.edits.tally import Tally
from napari_crystalseg.widgets.label_edits.edit_keeper import EditKeeper
from napari_crystalseg.widgets.label_edits.layer_edits import LayerEdits, can_be_edited, edits_of
from napari_crystalseg.widgets.session.session import Session

SHAPE = (12, 14, 16)


@pytest.fixture
def layer():
    from napari.layers import Labels

    data = np.zeros(SHAPE, np.uint8)
    data[2:10, 2:12, 2:14] = Material.LIQUOR
    return Labels(data, scale=(2.0, 0.5, 1.25), translate=(3, -4, 5))


def stroke(layer, *points, label=3, size=3, dimensions=3):
    """What the mouse does: one stroke of the brush along some voxels."""
    layer.n_edit_dimensions, layer.brush_size, layer.mode = dimensions, size, "paint"
    with layer.block_history():
        for point in points:
            layer.paint(point, label)


def test_strokes_tools_and_fills_are_undone_in_the_order_they_were_made(layer):
    edits = LayerEdits(layer)
    states = [layer.data.copy()]
    rng = np.random.default_rng(0)
    for step in range(120):
        kind = step % 4
        if kind == 0:
            points = rng.integers(0, SHAPE, (3, 3))
            stroke(layer, *points, label=int(rng.integers(5)), size=int(rng.integers(1, 5)), dimensions=2 + step % 2)
        elif kind == 1:
            edits.apply(rng.random(SHAPE) < 0.1, int(rng.integers(5)), "Tool")
        elif kind == 2:
            layer.data_setitem(tuple(rng.integers(0, n, 20) for n in SHAPE), int(rng.integers(5)))
        else:
            layer.fill(rng.integers(0, SHAPE), int(rng.integers(5)))
        if not np.array_equal(layer.data, states[-1]):
            states.append(layer.data.copy())
    assert edits.edited.timeline.position == len(states) - 1 > 100
    for state in reversed(states[:-1]):
        layer.undo()
        np.testing.assert_array_equal(layer.data, state)
    layer.undo()
    np.testing.assert_array_equal(layer.data, states[0])
    for state in states[1:]:
        layer.redo()
        np.testing.assert_array_equal(layer.data, state)


def test_names_say_what_was_done(layer):
    edits = LayerEdits(layer)
    stroke(layer, (5, 5, 5))
    layer.mode = "erase"
    layer.paint((5, 5, 5), 0)
    layer.mode = "fill"
    layer.fill((3, 3, 3), 2)
    assert [edit.name for edit in edits.edited.timeline.edits] == ["Brush", "Eraser", "Fill"]


def test_a_stroke_spares_locked_classes_and_what_lies_outside_the_window(layer):
    from napari.layers import Image

    values = np.random.default_rng(1).random(SHAPE).astype(np.float32)
    layer.data[5, 5, 5:8] = Material.LOOP
    before = layer.data.copy()
    edits = LayerEdits(layer, Image(values, scale=layer.scale))
    edits.policy = EditPolicy(locked=frozenset({Material.LOOP}), window=(0.25, 0.75))
    stroke(layer, (5, 5, 5), size=9)
    changed = layer.data != before
    assert changed.any()
    assert not changed[before == Material.LOOP].any()
    assert (values[changed] >= 0.25).all() and (values[changed] <= 0.75).all()
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)


def test_codes_that_are_no_class_can_be_painted_and_undone(layer):
    LayerEdits(layer)
    before = layer.data.copy()
    stroke(layer, (5, 5, 5), label=9)
    assert (layer.data == 9).any()
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)


def test_an_array_put_in_its_place_is_one_edit(layer):
    edits = LayerEdits(layer)
    before = layer.data.copy()
    after = np.where(before == 1, 3, before).astype(np.uint8)
    layer.data = after.copy()
    stroke(layer, (1, 1, 1))
    layer.undo()
    np.testing.assert_array_equal(layer.data, after)
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)
    assert edits.edited.timeline.edits[0].name == "Replaced"


def test_an_array_of_another_shape_begins_anew(layer):
    edits = LayerEdits(layer)
    stroke(layer, (5, 5, 5))
    layer.data = np.zeros((5, 6, 7), np.uint8)
    assert edits.edited.timeline.position == 0
    layer.undo()
    assert layer.data.shape == (5, 6, 7)


def test_what_something_else_changed_is_not_undone_over(layer, monkeypatch):
    import napari.utils.notifications as notifications

    said = []
    monkeypatch.setattr(notifications, "show_warning", said.append)
    LayerEdits(layer)
    stroke(layer, (5, 5, 5))
    layer.data[5, 5, 5] = 2
    before = layer.data.copy()
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)
    assert len(said) == 1 and "left no record" in said[0]


@pytest.mark.parametrize(
    "data",
    [
        np.zeros(SHAPE, np.int64),
        np.zeros(SHAPE, np.uint8)[::-1],
        np.zeros(SHAPE[::-1], np.uint8).T,
        np.broadcast_to(np.uint8(0), SHAPE),
        np.zeros(SHAPE[1:], np.uint8),
    ],
)
def test_arrays_that_cannot_be_edited_in_place_are_told(data):
    from napari.layers import Labels

    assert not can_be_edited(Labels(data))


def test_a_layer_that_goes_takes_its_timeline_with_it():
    from napari.layers import Labels

    layer = Labels(np.zeros(SHAPE, np.uint8))
    gone = weakref.ref(LayerEdits(layer))
    assert edits_of(layer) is gone()
    del layer
    gc.collect()
    assert gone() is None


def test_released_the_layers_undo_is_naparis_own(layer):
    edits = LayerEdits(layer)
    edits.release()
    before = layer.data.copy()
    stroke(layer, (5, 5, 5))
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)
    assert edits_of(layer) is None and edits.edited.timeline.position == 0


def test_classes_are_counted_once_and_follow(layer, qtbot):
    session = Session(labels=layer)
    keeper = EditKeeper(session)
    keeper.take(layer)
    edits = edits_of(layer)
    stroke(layer, (5, 5, 5))  # while they are being counted
    qtbot.waitUntil(lambda: edits.edited.tally is not None)
    stroke(layer, (7, 7, 7))
    layer.undo()
    np.testing.assert_array_equal(edits.edited.tally.counts, Tally.of(layer.data).counts)
    keeper.stop()


def test_a_window_without_a_volume_lets_nothing_be_painted(layer):
    edits = LayerEdits(layer)
    edits.policy = EditPolicy(window=(0, 1))
    before = layer.data.copy()
    stroke(layer, (5, 5, 5))
    np.testing.assert_array_equal(layer.data, before)
    assert edits.edited.timeline.edits == ()


def test_polygons_and_single_edits_of_programs_spare_locked_classes(layer):
    edits = LayerEdits(layer)
    edits.policy = EditPolicy(locked={Material.LIQUOR})
    before = layer.data.copy()
    layer.mode = "polygon"
    layer.paint_polygon([(5, 0, 0), (5, 0, 15), (5, 13, 15), (5, 13, 0)], Material.LOOP)
    layer.data_setitem((np.array([0, 3]), np.array([0, 3]), np.array([0, 3])), Material.CRYSTAL)
    locked = before == Material.LIQUOR
    np.testing.assert_array_equal(layer.data == Material.LIQUOR, locked)
    assert layer.data[5, 0, 0] == Material.LOOP and layer.data[0, 0, 0] == Material.CRYSTAL
    assert [edit.name for edit in edits.edited.timeline.edits] == ["Polygon", "Polygon"]
    layer.undo()
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)
    edits.release()
    assert not {"undo", "redo", "paint_polygon"} & set(layer.__dict__)


def test_no_kind_of_edit_compiles_anything_in_the_thread_of_the_window(layer):
    from napari_crystalseg.review.edits import runs_kernel, tally_kernel
    from napari_crystalseg.review.edits.change import Change
    from napari_crystalseg.review.edits.edit import prepare_edits

    kernels = runs_kernel.find_runs, runs_kernel.write_runs, tally_kernel.count_labels, tally_kernel.count_runs_as
    prepare_edits()
    ready = [set(kernel.signatures) for kernel in kernels]
    edits = LayerEdits(layer)
    edits.edited.tally = Tally.of(layer.data)
    stroke(layer, (3, 4, 5), (4, 5, 6))
    stroke(layer, (6, 6, 6), dimensions=2)
    layer.fill((8, 8, 8), 3)
    layer.data_setitem((np.array([1]), np.array([2]), np.array([3])), 2)
    edits.apply((slice(2, 5), slice(0, 3), slice(1, 4)), 1)
    edits.apply(np.random.default_rng(0).random(SHAPE) < 0.1, 2)
    mask = np.ones((2, 3, 4), dtype=bool)
    frozen = np.full((4, 3, 2), 3, dtype=np.uint8).T
    frozen.setflags(write=False)
    edits.apply(Change((slice(1, 3), slice(2, 5), slice(3, 7)), mask, frozen))
    edits.policy = EditPolicy(locked=frozenset({Material.LOOP}))
    stroke(layer, (9, 9, 9), label=2)
    replaced = layer.data.copy()
    replaced[5] = 1
    layer.data = replaced
    for _ in range(8):
        layer.undo()
    layer.redo()
    assert [set(kernel.signatures) for kernel in kernels] == ready
