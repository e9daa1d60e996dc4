"""The own labels in 3-D: the crystal inside its liquor, and 2-D as it was."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets import CrystalSegDock
from napari_crystalseg.widgets.layers.label_layer import add_labels, labels_layer
from napari_crystalseg.widgets.layers.layer_record import SURFACES
from napari_crystalseg.widgets.parts.job_bar import JobBar
from napari_crystalseg.widgets.views.hidden_layers import HiddenLayers

LONG_MS = 60000


@pytest.fixture
def in_3d(labelled, viewer, qtbot):
    """The dock with labels, in 3-D, their surfaces shown."""
    labelled.session.labels.mode = "paint"
    viewer.dims.ndisplay = 3
    assert not labelled.session.labels.visible
    qtbot.waitUntil(lambda: SURFACES in viewer.layers and viewer.layers[SURFACES].visible, timeout=LONG_MS)
    return labelled


def _as_before(viewer, session):
    assert session.labels.visible and session.image.visible and not viewer.layers[SURFACES].visible
    # Out of use it takes no place beside the labels.
    assert len(viewer.layers[SURFACES].vertices) == 3


def test_volumes_of_other_samples_are_out_of_the_way(labelled, viewer, qtbot):
    seen, unseen = viewer.add_image(np.zeros((4, 5, 6))), viewer.add_image(np.zeros((4, 5, 6)), visible=False)
    points = viewer.add_points(np.zeros((1, 3)))
    viewer.dims.ndisplay = 3
    assert [seen.visible, unseen.visible, points.visible] == [False, False, True]
    viewer.dims.ndisplay = 2
    assert [seen.visible, unseen.visible, points.visible] == [True, False, True]


def test_surfaces_in_3d_and_labels_in_2d(in_3d, viewer, qtbot):
    session, surfaces = in_3d.session, viewer.layers[SURFACES]
    data, colours, ranges = session.labels.data, session.labels.colormap, viewer.dims.range
    np.testing.assert_allclose(surfaces.data_to_world((1, 2, 3)), session.labels.data_to_world((1, 2, 3)))
    assert not session.image.visible and viewer.layers.selection.active is session.labels
    np.testing.assert_allclose(ranges, viewer.dims.range)
    viewer.dims.ndisplay = 2
    _as_before(viewer, session)
    assert session.labels.data is data and session.labels.colormap is colours and session.labels.mode == "paint"
    assert session.labels.opacity == 0.5
    viewer.dims.ndisplay = 3
    qtbot.waitUntil(lambda: surfaces.visible, timeout=LONG_MS)
    assert len(viewer.layers) == 3 and len(surfaces.vertices) > 100
    viewer.dims.ndisplay = 2
    _as_before(viewer, session)


def test_switched_back_before_the_surfaces_are_made(labelled, viewer, qtbot):
    viewer.dims.ndisplay = 3
    viewer.dims.ndisplay = 2
    assert labelled.session.labels.visible and labelled.session.image.visible
    qtbot.wait(300)
    assert SURFACES not in viewer.layers and labelled.session.labels.visible


def test_what_is_shown_by_hand(in_3d, viewer, qtbot):
    session = in_3d.session
    session.image.visible = True
    assert viewer.layers[SURFACES].visible and not session.labels.visible
    session.labels.visible = True
    _as_before(viewer, session)
    viewer.layers[SURFACES].visible = True  # out of use there is nothing to show
    assert not viewer.layers[SURFACES].visible
    viewer.dims.ndisplay = 2
    viewer.dims.ndisplay = 3
    qtbot.waitUntil(lambda: viewer.layers[SURFACES].visible, timeout=LONG_MS)
    viewer.layers[SURFACES].visible = False
    _as_before(viewer, session)


def test_a_class_clicked_in_3d_paints_the_labels(in_3d, viewer):
    in_3d.segment.class_table.buttons[Material.LOOP].click()
    _as_before(viewer, in_3d.session)
    assert in_3d.session.labels.mode == "paint" and in_3d.session.labels.selected_label == Material.LOOP


def test_edits_show_and_other_labels_too(in_3d, viewer, truth, qtbot):
    session, surfaces = in_3d.session, viewer.layers[SURFACES]
    before = len(surfaces.vertices)
    session.labels.data_setitem(tuple(np.argwhere(truth.data == Material.CRYSTAL).T), int(Material.LIQUOR))
    qtbot.waitUntil(lambda: len(surfaces.vertices) not in (3, before), timeout=LONG_MS)
    first = session.labels
    other = labels_layer(truth, name="other")
    other.scale = (1, 1, 1)
    add_labels(viewer, other)
    session.labels = other
    qtbot.waitUntil(lambda: surfaces.visible and tuple(surfaces.scale) == (1, 1, 1), timeout=LONG_MS)
    assert not first.visible
    viewer.layers.remove(other)
    assert first.visible and not surfaces.visible


def test_previews_hide_all_and_bring_it_back(in_3d, viewer, qtbot):
    hidden = HiddenLayers(viewer)
    hidden.hide_all_but([], ndisplay=2)
    assert not any(layer.visible for layer in viewer.layers)
    hidden.restore()
    qtbot.waitUntil(lambda: viewer.layers[SURFACES].visible, timeout=LONG_MS)
    assert viewer.dims.ndisplay == 3 and not in_3d.session.labels.visible
    viewer.dims.ndisplay = 2
    _as_before(viewer, in_3d.session)


def test_the_surfaces_go_with_the_dock(in_3d, viewer, qtbot, monkeypatch):
    session = in_3d.session
    in_3d.close_down()
    _as_before(viewer, session)
    viewer.dims.ndisplay = 2
    viewer.dims.ndisplay = 3
    assert session.labels.visible
    viewer.dims.ndisplay = 2
    monkeypatch.setattr(JobBar, "warm", lambda *modules: None)
    again = CrystalSegDock(viewer)
    qtbot.addWidget(again)
    viewer.dims.ndisplay = 3
    qtbot.waitUntil(lambda: viewer.layers[SURFACES].visible, timeout=LONG_MS)
    viewer.layers.remove(SURFACES)
    assert session.labels.visible
    again.close_down()
