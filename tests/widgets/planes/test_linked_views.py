"""The views beside a viewer without a window: clicks, jumps, strokes, looks, layers that come and go, and the end."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent, QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.layers.label_layer import add_labels, image_layer, labels_layer, uncertainty_layer
from napari_crystalseg.widgets.layers.layer_place import spatial_of
from napari_crystalseg.widgets.planes.bar.label_look import next_look
from napari_crystalseg.widgets.planes.views_dock import hide_views, jump, show_views, toggle_views, views_of
from napari_crystalseg.widgets.session.session import session_of

LONG_MS = 60000
LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton


@pytest.fixture
def sample(viewer, volume, truth):
    """Volume and labels of anisotropic voxels, moved from the origin, worked on in a session."""
    image = image_layer(volume)
    image.translate = (10.0, -20.0, 30.0)
    viewer.add_layer(image)
    labels = labels_layer(truth, spatial_of(image))
    add_labels(viewer, labels)
    session = session_of(viewer)
    session.image, session.labels = image, labels
    return labels


@pytest.fixture
def views(viewer, sample, qtbot):
    """Its views, 640 pixels wide."""
    made = show_views(viewer)
    made.resize(640, 300)
    made.show()
    qtbot.waitUntil(lambda: made.solid.solid is not None, timeout=LONG_MS)
    yield made
    hide_views(viewer)


def _send(view, kind, place, button=LEFT, modifiers=Qt.KeyboardModifier.NoModifier):
    held = NONE if kind == QEvent.Type.MouseButtonRelease else button
    QApplication.sendEvent(view, QMouseEvent(kind, QPointF(*place), QPointF(*place), button, held, modifiers))


def _click(view, place, button=LEFT):
    _send(view, QEvent.Type.MouseButtonPress, place, button)
    _send(view, QEvent.Type.MouseButtonRelease, place, button)


def _draw(view, *places):
    _send(view, QEvent.Type.MouseButtonPress, places[0])
    for place in places[1:]:
        _send(view, QEvent.Type.MouseMove, place)
    _send(view, QEvent.Type.MouseButtonRelease, places[-1])


def _pixel(view, layer, voxel):
    down, across = view.plane.pixel(layer.data_to_world(voxel))
    return across, down


def test_the_planes_that_the_canvas_does_not_show(views, viewer):
    assert [view.isHidden() for view in views.slices] == [True, False, False] and not views.solid.isHidden()
    viewer.dims.order = (2, 0, 1)
    assert [view.isHidden() for view in views.slices] == [False, False, True]
    viewer.dims.ndisplay = 3
    assert not any(view.isHidden() for view in views.slices)
    viewer.dims.ndisplay = 2
    views.bar.in_3d.setChecked(False)
    assert views.solid.isHidden()


def test_a_jump_brings_the_point_to_the_middle_of_every_view(views, viewer, sample):
    place = jump(viewer, (8, 9, 12), layer=sample)
    np.testing.assert_allclose(place, sample.data_to_world((8, 9, 12)))
    np.testing.assert_allclose(viewer.dims.point, place)
    for view in views.slices:
        np.testing.assert_allclose(view.plane.pixel(place), (view.height() / 2, view.width() / 2))
    camera = getattr(viewer, "scene", viewer).camera
    np.testing.assert_allclose(camera.center[-2:], place[1:])
    # Given a size, it takes about a third of a plane.
    jump(viewer, place, span=(1.0, 2.0, 3.0))
    np.testing.assert_allclose(views.sight.zoom * 3.0 * 3, views.slices[1].width(), rtol=0.35)
    for wrong in ((1, 2), (1, 2, np.nan)):
        with pytest.raises(InputError, match="three finite numbers"):
            jump(viewer, wrong)


def test_a_jump_needs_no_views(viewer, sample):
    place = jump(viewer, (8, 9, 12), layer=sample)
    np.testing.assert_allclose(viewer.dims.point, place)
    assert views_of(viewer) is None


def test_a_click_in_any_plane_moves_all(views, viewer, sample):
    sample.mode = "pan_zoom"
    view = views.slices[1]
    place = _pixel(view, sample, (4, 0, 15))
    before = viewer.dims.point[1]
    _click(view, place)
    z, _, x = sample.data_to_world((4, 0, 15))
    np.testing.assert_allclose(viewer.dims.point, (z, before, x), atol=1e-6)
    assert views.slices[2].plane.point == pytest.approx(viewer.dims.point)
    # With a brush in hand the right button does it, and paints nothing.
    sample.mode = "paint"
    data = sample.data.copy()
    _click(view, _pixel(view, sample, (9, 0, 8)), RIGHT)
    np.testing.assert_array_equal(sample.data, data)


def test_dragging_moves_the_picture_and_not_the_point(views, viewer, sample):
    sample.mode = "pan_zoom"
    point, centre = viewer.dims.point, views.sight.centre
    _draw(views.slices[1], (50, 50), (60, 70), (80, 90))
    assert viewer.dims.point == point
    moved = np.subtract(views.sight.centre, centre) * views.sight.zoom
    np.testing.assert_allclose(moved, (-40, 0, -30), atol=1e-6)


def test_the_wheel_zooms_about_the_pointer_and_with_control_scrolls(views, viewer, sample):
    view = views.slices[2]
    under = view.world(QPointF(30, 40))

    def wheel(modifiers):
        event = QWheelEvent(
            QPointF(30, 40),
            QPointF(30, 40),
            QPointF(0, 0).toPoint(),
            QPointF(0, 120).toPoint(),
            NONE,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)

    zoom, step = views.sight.zoom, viewer.dims.point[2]
    wheel(Qt.KeyboardModifier.NoModifier)
    assert views.sight.zoom > zoom
    np.testing.assert_allclose(view.world(QPointF(30, 40)), under)
    wheel(Qt.KeyboardModifier.ControlModifier)
    assert viewer.dims.point[2] == pytest.approx(step + 0.5)


def test_painting_in_a_plane_changes_those_voxels_and_is_undone(views, viewer, sample, qtbot):
    jump(viewer, (8, 9, 12), layer=sample)
    sample.mode, sample.selected_label, sample.brush_size, sample.n_edit_dimensions = "paint", 4, 1, 2
    before, told = sample.data.copy(), []
    sample.events.paint.connect(lambda event: told.append(event.value))
    view = views.slices[1]
    _draw(view, *(_pixel(view, sample, (z, 9, 12)) for z in (3, 5, 7)))
    changed = np.argwhere(sample.data != before)
    assert changed.tolist() == [[z, 9, 12] for z in range(3, 8)] and (sample.data[3:8, 9, 12] == 4).all()
    assert len(told) == 1
    # All views go to the end of the stroke.
    assert viewer.dims.point[0] == pytest.approx(sample.data_to_world((7, 9, 12))[0])
    sample.undo()
    np.testing.assert_array_equal(sample.data, before)
    # A ball reaches beyond the plane.
    sample.n_edit_dimensions, sample.brush_size = 3, 5
    _draw(views.slices[2], _pixel(views.slices[2], sample, (8, 9, 12)))
    assert len(set(np.argwhere(sample.data == 4)[:, 2])) > 1


def test_what_cannot_be_painted_is_said_in_the_line(views, viewer, sample):
    sample.editable = False
    sample.mode = "pan_zoom"
    frozen = np.zeros((16, 20, 24), dtype=np.uint8)
    frozen.flags.writeable = False
    other = viewer.add_labels(frozen, **{k: v for k, v in spatial_of(sample).items() if k in ("scale", "translate")})
    other.mode = "paint"
    viewer.layers.selection.active = other
    if str(other.mode) == "paint":
        _draw(views.slices[1], (60, 60))
        assert "cannot be painted" in views.line.text() or "read-only" in views.line.text()
    assert not frozen.any()


def test_the_line_says_class_value_and_place(views, viewer, sample, qtbot):
    view = views.slices[1]
    jump(viewer, (8, 10, 12), layer=sample)
    _send(view, QEvent.Type.MouseMove, _pixel(view, sample, (8, 10, 12)), NONE)
    qtbot.waitUntil(lambda: views.line.text().startswith("crystal"))
    assert views.line.text() == "crystal · 0.02 /µm · 12.4, -16.0, 36.0 µm"


def test_strokes_in_napari_itself_show_in_the_planes(views, viewer, sample, qtbot):
    jump(viewer, (8, 10, 12), layer=sample)
    view = views.slices[1]
    view.grab()
    before = view._picture.copy()
    sample.brush_size = 5
    sample.paint((8, 10, 12), int(Material.OTHER))
    qtbot.waitUntil(lambda: (view.grab(), not np.array_equal(view._picture, before))[1])


def test_one_key_goes_round_filled_outlined_hidden(views, viewer, sample):
    sample.mode = "paint"
    seen = []
    for _ in range(3):
        next_look(viewer)
        seen.append((sample.visible, sample.contour))
    assert seen == [(True, 1), (False, 1), (True, 0)] and sample.mode == "paint"
    assert views.bar.look_button.text() == "Labels filled (O)"


def test_opacity_and_doubt_are_those_of_the_layers(views, viewer, sample):
    views.bar.opacity.setValue(30)
    assert sample.opacity == pytest.approx(0.3)
    assert not views.bar.doubt.isEnabled()
    doubt = viewer.add_layer(uncertainty_layer(np.zeros((16, 20, 24), np.uint8), spatial_of(sample)))
    assert views.bar.doubt.isEnabled() and not views.bar.doubt.isChecked()
    views.bar.doubt.setChecked(True)
    assert doubt.visible
    viewer.layers.remove(doubt)
    assert not views.bar.doubt.isEnabled()


def test_3d_shows_the_crystal_in_its_place_and_is_clicked(views, viewer, sample, qtbot):
    solid = views.solid
    solid.grab()
    low, high = solid.solid.points.min(axis=0), solid.solid.points.max(axis=0)
    np.testing.assert_allclose(low, sample.data_to_world((1.5, 1.5, 1.5)), atol=0.5)
    np.testing.assert_allclose(high, sample.data_to_world((13.5, 17.5, 21.5)), atol=0.5)
    middle = solid.width() / 2, solid.height() / 2
    point = solid.point_at(QPointF(*middle))
    assert point is not None and solid.point_at(QPointF(1, 1)) is None
    _click(solid, middle)
    np.testing.assert_allclose(viewer.dims.point, np.clip(point, *np.array(viewer.dims.range).T[:2]), atol=1e-5)
    angles = list(solid._angles)
    _draw(solid, (50, 50), (90, 60))
    assert solid._angles != angles
    # Edits show when they rest; what is no longer there is told.
    sample.data_setitem(np.nonzero(sample.data), 0)
    qtbot.waitUntil(lambda: solid.solid is None and not solid.busy, timeout=LONG_MS)


def test_layers_come_change_and_go(views, viewer, sample, qtbot):
    import dask.array

    other = viewer.add_image(dask.array.ones((16, 20, 24), chunks=8), name="lazy", contrast_limits=(0, 2))
    viewer.add_image(np.zeros((5, 6)))
    viewer.add_image(np.zeros((6, 8, 3), dtype=np.uint8), rgb=True)
    viewer.add_image([np.zeros((32, 32, 32)), np.zeros((16, 16, 16))], multiscale=True)
    viewer.add_image(np.zeros((2, 8, 9, 10)))
    viewer.add_points(np.zeros((1, 3)))
    viewer.add_labels(np.zeros((16, 20, 24), dtype=np.int64))
    qtbot.waitUntil(lambda: not views.lazy.busy)
    other.name = "renamed"
    session_of(viewer).labels = None
    for view in views.slices:
        view.grab()
    for layer in list(viewer.layers):
        viewer.layers.remove(layer)
    for view in (*views.slices, views.solid):
        view.grab()
    assert viewer.dims.ndim == 2 and views.line.text() is not None
    next_look(viewer)
    views.fit()


def test_two_viewers_have_views_of_their_own(views, viewer, sample, qtbot):
    from napari.components import ViewerModel

    second = ViewerModel()
    second.add_image(np.zeros((4, 5, 6)))
    others = show_views(second)
    assert others is not views and views_of(second) is others and show_views(second) is others
    point = viewer.dims.point
    jump(second, (1, 2, 3))
    assert viewer.dims.point == point
    toggle_views(second)
    assert views_of(second) is None and views_of(viewer) is views


def test_a_picture_of_two_axes_has_no_planes(viewer):
    viewer.add_image(np.zeros((5, 6)))
    with pytest.raises(InputError, match="take a volume"):
        show_views(viewer)


def test_closing_frees_everything(viewer, sample, qtbot):
    callbacks = len(viewer.mouse_drag_callbacks), len(viewer.mouse_move_callbacks)
    slots = len(sample.events.set_data.callbacks), len(viewer.dims.events.point.callbacks)
    views = show_views(viewer)
    views.show()
    sample.mode = "paint"
    _send(views.slices[1], QEvent.Type.MouseButtonPress, (50, 50))  # the brush is down
    gone = [weakref.ref(views), *(weakref.ref(one) for one in views.slices), weakref.ref(views.solid)]
    hide_views(viewer)
    assert not sample._block_history
    assert (len(viewer.mouse_drag_callbacks), len(viewer.mouse_move_callbacks)) == callbacks
    assert (len(sample.events.set_data.callbacks), len(viewer.dims.events.point.callbacks)) == slots
    assert not any(timer.isActive() for timer in views.findChildren(type(views._soon)))
    del views
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [one() for one in gone] == [None] * len(gone)
    again = show_views(viewer)
    assert views_of(viewer) is again
    hide_views(viewer)


def _canvas_event(kind, position, pos, modifiers=()):
    return SimpleNamespace(type=kind, position=position, pos=pos, button=1, modifiers=modifiers, handled=False)


def _in_canvas(viewer, *events):
    """What napari does with the mouse over its canvas."""
    callbacks = [one(viewer, events[0]) for one in viewer.mouse_drag_callbacks if getattr(one, "__self__", None)]
    for event in events:
        for callback in callbacks:
            # Each is handed the one event that napari changes as it goes.
            events[0].__dict__.update(event.__dict__)
            next(callback, None)


def test_a_click_in_the_canvas_moves_all_and_a_drag_does_not(views, viewer, sample, qtbot):
    sample.mode = "pan_zoom"
    jump(viewer, (8, 9, 12), layer=sample)
    here, there = viewer.dims.point, sample.data_to_world((8, 3, 4))
    events = [_canvas_event("mouse_press", there, (10, 10)), _canvas_event("mouse_release", there, (11, 10))]
    drag = [events[0], _canvas_event("mouse_move", there, (40, 10)), _canvas_event("mouse_release", there, (40, 10))]
    _in_canvas(viewer, *drag)
    qtbot.wait(60)
    assert viewer.dims.point == here
    events[0] = _canvas_event("mouse_press", there, (10, 10))
    _in_canvas(viewer, *events)
    qtbot.waitUntil(lambda: np.allclose(viewer.dims.point, there))
    # After a stroke the others show what was painted; with Shift they follow the pointer.
    sample.mode = "paint"
    painted = sample.data_to_world((8, 5, 6))
    _in_canvas(viewer, _canvas_event("mouse_press", there, (1, 1)), _canvas_event("mouse_release", painted, (90, 9)))
    qtbot.waitUntil(lambda: np.allclose(viewer.dims.point, painted))
    for callback in viewer.mouse_move_callbacks:
        callback(viewer, _canvas_event("mouse_move", there, (5, 5), ("Shift",)))
    qtbot.waitUntil(lambda: np.allclose(viewer.dims.point, there))


def test_the_keys_are_bound_to_the_viewer(views, viewer):
    bound = {str(key) for key in viewer.keymap}
    assert {"T", "O"} <= bound


def test_the_place_under_the_pointer_is_that_of_the_viewer_for_keys_of_tools(views, viewer, sample):
    views._hover((12.0, -18.5, 33.0))
    assert tuple(viewer.cursor.position) == (12.0, -18.5, 33.0)
    views._hover(None)
    assert tuple(viewer.cursor.position) == (12.0, -18.5, 33.0)
