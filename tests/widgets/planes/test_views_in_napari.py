"""The views in napari's own window."""

from __future__ import annotations

import gc
import os
import weakref

import numpy as np
import pytest
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication, QDockWidget

from napari_crystalseg.widgets import palette
from napari_crystalseg.widgets.parts.job_bar import JobBar
from napari_crystalseg.widgets.planes.linked_views import NAME
from napari_crystalseg.widgets.planes.views_dock import hide_views, jump, show_views, views_of

pytestmark = pytest.mark.skipif(os.environ.get("QT_QPA_PLATFORM") == "offscreen", reason="OpenGL needs a screen")


def _sample(viewer):
    viewer.add_image(np.zeros((20, 24, 28)), scale=(1.0, 2.0, 3.0))
    return viewer.add_labels(np.ones((20, 24, 28), dtype=np.uint8), scale=(1.0, 2.0, 3.0))


def test_shown_closed_and_shown_again(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    labels = _sample(viewer)
    views = show_views(viewer)
    assert viewer.window.dock_widgets[NAME] is views
    jump(viewer, (4, 5, 6), layer=labels)
    place = views.canvas_cross.place()
    size = views.canvas_cross.size()
    np.testing.assert_allclose(place, (size.height() / 2, size.width() / 2), atol=1)
    gone = weakref.ref(views)
    hide_views(viewer)
    del views
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert views_of(viewer) is None and gone() is None and NAME not in viewer.window.dock_widgets
    views = show_views(viewer)
    # By the cross in the title of the dock.
    dock = views.parent()
    assert isinstance(dock, QDockWidget)
    viewer.window.remove_dock_widget(views)
    assert views_of(viewer) is None


def test_the_viewer_is_closed_while_they_are_open(make_napari_viewer, qtbot):
    viewer = make_napari_viewer()
    labels = _sample(viewer)
    show_views(viewer)
    viewer.close()
    labels.paint((4, 5, 6), 2)
    viewer.dims.set_point(0, 5.0)
    qtbot.wait(100)


def test_the_command_opens_and_closes_them(make_napari_viewer, qtbot, monkeypatch):
    monkeypatch.setattr(JobBar, "warm", lambda *modules: None)
    viewer = make_napari_viewer()
    palette.three_planes(viewer)
    dock = palette.dock_of(viewer)
    assert "take a volume" in dock.bar.message.text()
    labels = _sample(viewer)
    palette.three_planes(viewer)
    assert views_of(viewer) is not None
    palette.next_look(viewer)
    assert labels.contour == 1
    dock.check.planes_button.click()
    assert views_of(viewer) is None
    viewer.window.remove_dock_widget(dock)
