"""Tools in the dock: previewed, applied or dropped, and never on labels that changed."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.tools.clicks.click_tools import ClickHere
from napari_crystalseg.review.tools.facets.facet_tools import SnapToFacets
from napari_crystalseg.review.tools.need import Need
from napari_crystalseg.review.tools.pieces.islands import KeepLargest
from napari_crystalseg.review.tools.pieces.necks import SplitAtNecks
from napari_crystalseg.review.tools.pieces.relabel import RelabelPiece, SwapClasses
from napari_crystalseg.review.tools.regions.resegment_box import ResegmentBox
from napari_crystalseg.review.tools.strokes.ball import PaintBall
from napari_crystalseg.review.tools.strokes.interpolation import InterpolateSlices
from napari_crystalseg.review.tools.strokes.scissors import Scissors
from napari_crystalseg.review.tools.surfaces.grow import Grow
from napari_crystalseg.review.tools.tools import TOOLS
from napari_crystalseg.widgets.label_edits.layer_edits import LayerEdits, edits_of
from napari_crystalseg.widgets.layers.layer_record import PREVIEW, RECORD
from napari_crystalseg.widgets.tool_box.tool_box import ToolBox

VOXEL_UM = (0.5, 0.25, 0.8)
ORDERS = [(0, 1, 2), (1, 0, 2), (2, 0, 1)]


@dataclass
class Mouse:
    """What napari hands to a callback of the mouse."""

    position: tuple
    pos: np.ndarray
    type: str = "mouse_press"
    button: int = 1
    modifiers: tuple = ()


def world(layer, voxel):
    return tuple(float(v) for v in layer.data_to_world(voxel))


def draw(layer, *voxels):
    """Press at the first voxel, move along the others, and let go."""
    event = Mouse(world(layer, voxels[0]), np.zeros(2))
    strokes = [callback(layer, event) for callback in tuple(layer.mouse_drag_callbacks)]
    for stroke in strokes:
        next(stroke, None)
    for step, voxel in enumerate(voxels[1:], start=1):
        event.type, event.position, event.pos = "mouse_move", world(layer, voxel), np.full(2, 10.0 * step)
        for stroke in strokes:
            next(stroke, None)
    event.type = "mouse_release"
    for stroke in strokes:
        next(stroke, None)


def look(viewer, layer, order, index):
    """Show a slice across the first axis of an order."""
    viewer.dims.order = order
    viewer.dims.set_point(order[0], world(layer, [index] * 3)[order[0]])


def shown(box):
    """New labels as the preview shows them, and which voxels it shows, on the grid of the labels."""
    layer, labels = box.preview.layer, box.desk.session.labels
    low = np.rint(labels.world_to_data(layer.data_to_world((0.0,) * 3))).astype(int)
    picture = np.zeros(labels.data.shape, np.uint8)
    picture[tuple(slice(a, a + n) for a, n in zip(low, layer.data.shape, strict=True))] = layer.data
    return picture


def test_a_preview_changes_nothing_and_shows_what_apply_will_do(box, layers, settled):
    labels = layers[1]
    before = labels.data.copy()
    box.choose(Grow)
    settled(box)
    np.testing.assert_array_equal(labels.data, before)
    assert box.preview.shown
    assert PREVIEW in box.preview.layer.metadata[RECORD]
    assert box.desk.viewer.layers.selection.active is labels
    picture = shown(box)
    box.apply()
    changed = labels.data != before
    np.testing.assert_array_equal(picture, np.where(changed, labels.data + 1, 0))
    assert changed.any()
    gain = (np.count_nonzero(labels.data == 3) - np.count_nonzero(before == 3)) * 0.1
    assert f"crystal +{gain:.3g}" in box.desk.bar.message.text() or gain >= 100
    labels.undo()
    np.testing.assert_array_equal(labels.data, before)
    assert edits_of(labels).edited.timeline.position == 0
    assert edits_of(labels).edited.timeline.edits[0].name == "Grow"


def test_cancel_leaves_labels_and_no_layer_in_sight(box, layers, settled):
    before = layers[1].data.copy()
    box.choose(KeepLargest)
    settled(box)
    box.cancel()
    np.testing.assert_array_equal(layers[1].data, before)
    assert not box.preview.shown
    assert box.tool is None
    assert box.panel.isHidden()
    assert not box.grid.isHidden()
    assert [one.name for one in box.desk.viewer.layers if one.visible] == [one.name for one in layers]


def test_a_changed_number_is_proposed_anew_and_remembered(box, layers, settled, qtbot):
    box.choose(Grow)
    settled(box)
    before = box.proposal.voxels
    box.panel.form.set(by_um=2.0)
    settled(box)
    assert box.proposal.voxels > before
    box.apply()
    box.choose(Grow)
    assert box.panel.form.value() == Grow(by_um=2.0)


def test_locks_hold_for_tools_and_strokes_and_are_said(box, layers, settled):
    labels = layers[1]
    before = labels.data.copy()
    box.policy.lock(Material.LIQUOR)
    assert box.policy.sentence.text().endswith("Liquor is locked.")
    box.choose(Grow)
    settled(box)
    assert box.proposal.voxels == 0
    assert box.proposal.held > 0
    assert not box.panel.apply_button.isEnabled()
    box.apply()
    box.cancel()
    labels.mode, labels.n_edit_dimensions, labels.brush_size = "paint", 3, 4
    with labels.block_history():  # as the mouse does
        labels.paint((3, 14, 10), 3)
    assert (labels.data[before == Material.LIQUOR] == Material.LIQUOR).all()
    assert (labels.data[3, 14, 10]) == 3


def test_overwrite_keep_and_window_limit_a_tool(box, layers, settled):
    labels = layers[1]
    box.policy.overwrite(Material.AIR)
    box.choose(Grow)
    settled(box)
    assert box.proposal.voxels == 0
    box.policy.overwrite(Material.LIQUOR)
    settled(box)
    free = box.proposal.voxels
    assert free > 0
    kept = np.zeros(labels.data.shape, bool)
    kept[:12] = True
    box.keep(kept)
    settled(box)
    assert 0 < box.proposal.voxels < free
    assert "ticked" in box.policy.sentence.text()
    box.policy.set_window((0.5, 0.6))
    settled(box)
    assert box.proposal.voxels == 0


def test_the_window_is_taken_from_the_chosen_class(box, layers, qtbot):
    layers[1].selected_label = int(Material.LOOP)
    box.policy.take_window()
    qtbot.waitUntil(lambda: box.policy.low.text() != "")
    assert box.policy.policy.window == pytest.approx((0.03, 0.03), rel=1e-3)
    assert "only voxel values from" in box.policy.sentence.text()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("tool", [one for one in TOOLS if one is not ResegmentBox], ids=lambda tool: tool.title)
def test_every_tool_works_in_every_view(tool, order, box, layers, settled):
    labels, viewer = layers[1], box.desk.viewer
    labels.data[12, 12, 12] = Material.LOOP
    labels.refresh()
    before = labels.data.copy()
    axis = order[0]
    look(viewer, labels, order, 12)
    if tool is InterpolateSlices:
        for index in (2, 24 if axis == 1 else 20):
            look(viewer, labels, order, index)
            where = [slice(9, 15)] * 3
            where[axis] = slice(index, index + 1)
            edits_of(labels).apply(tuple(where), 4, "Brush")
        labels.selected_label = 4
        before = labels.data.copy()
    if tool is SwapClasses:
        labels.selected_label = int(Material.CRYSTAL)
    box.choose(tool)
    if tool is RelabelPiece:
        box.panel.form.set(becomes=Material.LIQUOR)
    if tool is Scissors:
        corners = np.array([[12, 12, 12]] * 4)
        corners[:, [a for a in range(3) if a != axis]] = [[8, 8], [8, 13], [13, 13], [13, 8]]
        draw(labels, *corners)
    elif tool.needs is Need.STROKE:
        stop = np.array([12, 12, 12])
        stop[order[2]] = 19
        labels.selected_label = int(Material.LOOP)
        draw(labels, (12, 12, 12), stop)
    elif tool.needs is Need.POINT:
        if tool is ClickHere:
            labels.selected_label = int(Material.OTHER)
        draw(labels, (13, 13, 13))
    settled(box)
    np.testing.assert_array_equal(labels.data, before)
    if box.proposal is None:
        # In one sentence: this crystal has no neck.
        assert tool is SplitAtNecks
        assert box.panel.said.text().endswith("touch.")
        return
    if not box.proposal.voxels:
        # The crystal is all within its facets already.
        assert tool is SnapToFacets
        assert box.panel.said.text() == "Nothing to change."
        return
    picture = shown(box)
    box.apply()
    np.testing.assert_array_equal(picture, np.where(labels.data != before, labels.data + 1, 0))
    box.cancel()
    labels.undo()
    np.testing.assert_array_equal(labels.data, before)


def test_interpolation_fills_between_the_last_two_slices_that_were_drawn_in(box, layers, settled):
    labels, viewer = layers[1], box.desk.viewer
    labels.mode, labels.n_edit_dimensions, labels.brush_size = "paint", 2, 5
    labels.selected_label = 4
    for order, axis in ((ORDERS[1], 1), (ORDERS[2], 2)):
        for index in (3, 9):
            look(viewer, labels, order, index)
            at = [12, 12, 12]
            at[axis] = index
            with labels.block_history():
                labels.paint(tuple(at), 4)
        box.choose(InterpolateSlices)
        settled(box)
        box.apply()
        for index in range(3, 10):
            at = [12, 12, 12]
            at[axis] = index
            assert labels.data[tuple(at)] == 4
        assert edits_of(labels).edited.timeline.next_undo.name == "Interpolate"


def test_strokes_and_boxes_are_drawn_where_the_mouse_is(box, layers, settled):
    labels, viewer = layers[1], box.desk.viewer
    labels.selected_label = int(Material.LOOP)
    look(viewer, labels, (2, 0, 1), 12)
    box.choose(PaintBall)
    box.panel.form.set(radius_um=0.5)
    draw(labels, (12, 8, 12), (12, 18, 12))
    settled(box)
    picture = shown(box)
    assert (picture[12, 8:19, 12] == Material.LOOP + 1).all()
    assert picture[12, 24, 12] == 0
    box.apply()
    assert box.tool is PaintBall  # for the next stroke
    box.choose(ResegmentBox)
    box._hand._drawn = lambda path, seen: taken.append((path, seen))
    taken: list = []
    draw(labels, (6, 6, 12), (15, 21, 12))
    (path, seen), *_ = taken
    np.testing.assert_allclose(path, [[6, 6, 12], [15, 21, 12]], atol=1e-9)
    assert seen.axis == 2
    assert seen.index == 12
    assert box.preview.shown


def test_a_size_below_that_of_the_voxels_is_said(box, layers, settled):
    box.choose(Grow)
    box.panel.form.set(by_um=0.1)
    settled(box)
    assert box.panel.said.text() == "Nothing to change. The voxels are 0.8 µm large: try more than that."


def test_a_refusal_is_one_sentence(box, layers, settled):
    layers[1].selected_label = int(Material.LOOP)
    box.choose(SwapClasses)
    settled(box)
    assert "loop" in box.panel.said.text()
    assert box.panel.said.property("level") == "warning"
    assert not box.preview.shown
    assert not box.panel.apply_button.isEnabled()


@dataclass(frozen=True)
class Slow:
    """Waits, and turns the first voxel that is not crystal to crystal."""

    title: ClassVar[str] = "Slow"
    key: ClassVar[str] = ""
    hint: ClassVar[str] = "Waits."
    needs: ClassVar[Need] = Need.NOTHING
    go: ClassVar[threading.Event] = threading.Event()
    asked: ClassVar[list] = []

    def propose(self, scene):
        self.asked.append(1)
        while not self.go.wait(0.01):
            scene.progress(0.5, "waiting")
        mask = np.zeros(scene.labels.shape, bool)
        mask.flat[int(np.argmax(scene.labels.ravel() != 3))] = True
        return Change.of_mask(mask, 3)


@pytest.fixture
def slow():
    Slow.go.clear()
    Slow.asked.clear()
    yield Slow
    Slow.go.set()


def test_labels_that_change_meanwhile_are_looked_at_again(box, layers, slow, settled, qtbot):
    labels = layers[1]
    box.choose(slow)
    qtbot.waitUntil(lambda: len(slow.asked) == 1)
    edits_of(labels).apply((slice(0, 1), slice(0, 1), slice(0, 2)), 3, "Brush")
    slow.go.set()
    settled(box)
    assert len(slow.asked) == 2
    box.apply()
    assert labels.data[0, 0, :4].tolist() == [3, 3, 3, 0]


def test_labels_that_go_meanwhile_are_let_go_of(box, layers, slow, desk, qtbot, settled):
    box.choose(slow)
    qtbot.waitUntil(lambda: len(slow.asked) == 1)
    desk.viewer.layers.remove(layers[1])
    slow.go.set()
    settled(box)
    qtbot.wait(50)
    assert box.tool is None
    assert not box.preview.shown
    box.apply()


def test_a_box_that_is_closed_leaves_no_thread_no_key_and_no_limit(desk, layers, slow, qtbot):
    made = ToolBox(desk)
    qtbot.addWidget(made)
    labels = layers[1]
    made.policy.lock(Material.LOOP)
    assert edits_of(labels).policy.limits_anything
    made.choose(slow)
    qtbot.waitUntil(lambda: len(slow.asked) == 1)
    desk.connections.close()
    end = time.monotonic() + 5
    while time.monotonic() < end and any("propose" in thread.name for thread in threading.enumerate()):
        time.sleep(0.02)
    assert not any("propose" in thread.name for thread in threading.enumerate())
    assert not edits_of(labels).policy.limits_anything
    assert not labels.keymap
    assert labels.mouse_drag_callbacks == type(labels)(np.zeros((2, 2, 2), int)).mouse_drag_callbacks
    gc.collect()


def test_keys_take_the_place_under_the_pointer_and_are_taken_once(box, layers, settled):
    labels, viewer = layers[1], box.desk.viewer
    keys = [tool.key for tool in TOOLS if tool.key]
    assert len(keys) == len(set(keys))
    # The review's, the planes', and those of the brush.
    assert not {"N", "Shift-N", "Space", "G", "T", "O", "E", "P", "F", "L", "Z", "M", "X", "B"} & set(keys)
    bound = {str(key).replace("+", "-") for key in labels.keymap}
    assert set(keys) <= bound
    look(viewer, labels, (0, 1, 2), 21)
    viewer.cursor.position = world(labels, (21, 23, 17))
    next(call for key, call in labels.keymap.items() if str(key) == "Shift+P")(labels)
    assert box.tool is RelabelPiece
    settled(box)
    assert box.proposal.voxels == 12
    next(call for key, call in labels.keymap.items() if str(key) == "Enter")(labels)
    assert (labels.data[20:22, 22:25, 16:18] == Material.LIQUOR).all()
    next(call for key, call in labels.keymap.items() if str(key) == "Escape")(labels)
    assert box.tool is None
    assert not any(str(key) in ("Enter", "Escape") for key in labels.keymap)


def test_taking_up_the_brush_puts_the_tool_away(box, layers):
    labels = layers[1]
    labels.mode = "paint"
    box.choose(PaintBall)
    assert str(labels.mode) == "pan_zoom"
    labels.mode = "erase"
    assert box.tool is None
    assert str(labels.mode) == "erase"
    box.choose(RelabelPiece)
    box.cancel()
    assert str(labels.mode) == "erase"


def test_every_button_shows_its_key_and_every_form_its_units(box, layers, settled):
    for tool in TOOLS:
        assert tool.title in box.grid.buttons[tool].text()
        assert tool.key.replace("-", "+") in box.grid.buttons[tool].text()
        box.choose(tool)
        made = box.panel.form.value()
        assert made == tool()
        box.cancel()


def test_nanometres_beside_micrometres_and_a_fourth_axis_point_at_the_same_voxel(box, layers, settled):
    from napari.layers import Image

    labels, viewer = layers[1], box.desk.viewer
    # An image of four axes in µm sets the world; the labels count in nm.
    viewer.add_layer(Image(np.zeros((2, 3, 3, 3), np.float32), scale=(1, 10, 10, 10), units=("um",) * 4))
    labels.scale, labels.translate, labels.units = np.array(VOXEL_UM) * 1000, (10_000, -20_000, 30_000), ("nm",) * 3
    # napari's world is in one of both.
    in_world = 1.0 if viewer.dims.units is None else (1.0 * labels.units[0]).to(viewer.dims.units[-1]).magnitude
    place = (np.array(VOXEL_UM) * (21, 23, 17) + (10, -20, 30)) * 1000 * in_world
    viewer.dims.order = (0, 1, 2, 3)
    for axis, at in enumerate(place, start=1):
        viewer.dims.set_point(axis, at)
    viewer.cursor.position = (0.0, *place)
    box.choose(RelabelPiece, viewer.cursor.position)
    settled(box)
    assert (box._gesture.seen.axis, box._gesture.seen.index) == (0, 21)
    assert box.proposal.voxels == 12
    assert box.proposal.gains_um3[Material.LIQUOR] == pytest.approx(12 * 0.1)


def test_in_3d_a_tool_is_given_no_place(box, layers, settled):
    viewer = box.desk.viewer
    viewer.dims.ndisplay = 3
    box.choose(RelabelPiece, tuple(viewer.cursor.position))
    settled(box)
    assert box.proposal is None
    assert "Click on the place" in box.panel.hint.text()
    box.choose(Grow)
    settled(box)
    assert box.proposal.voxels > 0


def test_labels_without_a_voxel_size_are_refused_in_a_sentence(box, layers, settled):
    layers[1].units = ("pixel",) * 3
    box.choose(Grow)
    assert "voxel size of the labels is not known" in box.panel.said.text()
    assert box.proposal is None


def test_the_array_of_the_labels_replaced_while_a_tool_is_out(box, layers, settled):
    labels = layers[1]
    box.choose(Grow)
    settled(box)
    labels.data = np.zeros((5, 6, 7), np.uint8)
    settled(box)
    box.apply()
    assert not labels.data.any()
    labels.data = np.zeros((5, 6, 7), np.int64)
    assert box.tool is None
    assert not box.copy_box.isHidden()


def test_edits_that_somebody_else_took_over_are_followed(box, layers, slow, settled, qtbot):
    labels = layers[1]
    box.choose(slow)
    qtbot.waitUntil(lambda: len(slow.asked) == 1)
    edits_of(labels).release()
    slow.go.set()
    qtbot.waitUntil(lambda: box.tool is None)
    kept = LayerEdits(labels, layers[0])
    box.choose(Grow)
    settled(box)
    box.apply()
    assert kept.edited.timeline.next_undo.name == "Grow"
