"""The dock in a real window: napari's proxy, its docks, and nothing left behind."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref

import numpy as np
import pytest
from qtpy.QtCore import QTimer

from helpers import dock_worker_tasks as work
from napari_crystalseg.labels import Material
from napari_crystalseg.widgets import CrystalSegDock
from napari_crystalseg.widgets.layers.label_layer import image_layer
from napari_crystalseg.widgets.parts.job_bar import JobBar
from napari_crystalseg.widgets.tasks import segmentation

pytestmark = pytest.mark.skipif(os.environ.get("QT_QPA_PLATFORM") == "offscreen", reason="OpenGL needs a screen")

LONG_MS = 60000


@pytest.fixture(autouse=True)
def no_warming(monkeypatch):
    """Start workers only for work: importing torch ahead would take longer than the tests."""
    monkeypatch.setattr(JobBar, "warm", lambda *modules: None)


@pytest.fixture
def own_threads():
    """Threads of workers started by the test itself."""
    before = set(threading.enumerate())
    return lambda: [t for t in threading.enumerate() if t.name.startswith("crystalseg") and t not in before]


def test_segment_brush_and_undo_through_the_proxy(make_napari_viewer_proxy, volume, truth, monkeypatch, qtbot):
    viewer = make_napari_viewer_proxy()
    dock = CrystalSegDock(viewer)
    viewer.window.add_dock_widget(dock, name="CrystalSeg")
    layer = viewer.add_image(volume.data, scale=(300, 400, 500), units=("nm",) * 3, translate=(1e3, 2e3, 3e3))
    dock.open.active_button.click()
    monkeypatch.setattr(segmentation, "segment", work.segment_by_value)
    dock.segment.segment_button.click()
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)
    labels = viewer.layers[f"{layer.name} labels"]
    np.testing.assert_array_equal(labels.data, np.asarray(dock.session.labels.data))
    np.testing.assert_allclose(labels.data_to_world((1, 2, 3)), layer.data_to_world((1, 2, 3)))
    assert labels.n_edit_dimensions == 3
    qtbot.waitUntil(lambda: dock.session.volumes_um3 is not None)
    crystal = dock.session.volumes_um3[Material.CRYSTAL]
    assert crystal == pytest.approx(np.count_nonzero(truth.data == 3) * 0.06)
    labels.paint((8, 10, 12), 1)
    assert dock.session.volumes_um3[Material.CRYSTAL] < crystal
    labels.undo()
    qtbot.waitUntil(lambda: dock.session.volumes_um3[Material.CRYSTAL] == pytest.approx(crystal))
    viewer.window.remove_dock_widget(dock)


def test_taking_the_dock_out_ends_its_worker(make_napari_viewer, volume, monkeypatch, qtbot, own_threads):
    viewer = make_napari_viewer()
    dock = CrystalSegDock(viewer)
    viewer.window.add_dock_widget(dock, name="CrystalSeg")
    layer = image_layer(volume)
    viewer.add_layer(layer)
    dock.session.image = layer
    monkeypatch.setattr(segmentation, "segment", work.segment_forever)
    dock.segment.segment_button.click()
    qtbot.waitUntil(lambda bar=dock.bar: bar.progress.value() > 0, timeout=LONG_MS)
    assert own_threads()
    viewer.window.remove_dock_widget(dock)
    assert not own_threads()
    assert not [timer for timer in dock.findChildren(QTimer) if timer.isActive()]
    # What the viewer does afterwards reaches nobody.
    viewer.layers.clear()
    gone = weakref.ref(dock)
    del dock
    qtbot.wait(50)
    gc.collect()
    assert gone() is None


def test_closing_the_window_while_a_job_runs(make_napari_viewer, volume, monkeypatch, qtbot, own_threads):
    viewer = make_napari_viewer()
    dock = CrystalSegDock(viewer)
    viewer.window.add_dock_widget(dock, name="CrystalSeg")
    layer = image_layer(volume)
    viewer.add_layer(layer)
    dock.session.image = layer
    monkeypatch.setattr(segmentation, "segment", work.segment_forever)
    dock.segment.segment_button.click()
    qtbot.waitUntil(lambda bar=dock.bar: bar.progress.value() > 0, timeout=LONG_MS)
    session = dock.session
    del dock
    viewer.close()
    qtbot.waitUntil(lambda: not own_threads(), timeout=LONG_MS)
    assert not session.busy


def test_the_dock_opens_at_once(make_napari_viewer):
    viewer = make_napari_viewer()
    CrystalSegDock(viewer).close_down()  # imports
    times = []
    for _ in range(3):
        start = time.process_time()
        dock = CrystalSegDock(viewer)
        times.append(time.process_time() - start)
        dock.close_down()
    assert min(times) < 0.3
