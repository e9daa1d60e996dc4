"""A dock on a viewer without a window, and a small sample to work on."""

from __future__ import annotations

import os
import sys
from itertools import count

import numpy as np
import pytest

from helpers import dock_worker_tasks as work
from helpers.shared_holder import SharedFollowerHolder, SharedHolder

if sys.platform == "linux" and not os.environ.get("DISPLAY"):
    # Without a screen Qt would abort the whole run; what needs OpenGL is skipped then.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

from napari_crystalseg.jobs import Worker
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Quantity, Volume

VOXEL_UM = (0.3, 0.4, 0.5)
MU_PER_UM = np.array([0.0, 0.01, 0.03, 0.02, 0.0], dtype=np.float32)


@pytest.fixture(scope="session")
def own_folders(tmp_path_factory):
    """Empty folders, one after the other: pytest looks through those of all tests for the number of the next."""
    base = tmp_path_factory.mktemp("own")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def forgetful(own_folders, monkeypatch):
    """Nothing is remembered from one test to the next, nor in the user's own settings and files."""
    from qtpy.QtCore import QSettings

    folder = next(own_folders)
    for name in ("home", "settings"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "home"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))


@pytest.fixture
def truth() -> Labels:
    """A crystal of 6 × 8 × 10 voxels in liquor in air, with a bar of loop."""
    data = np.zeros((16, 20, 24), dtype=np.uint8)
    data[2:14, 2:18, 2:22] = Material.LIQUOR
    data[5:11, 6:14, 7:17] = Material.CRYSTAL
    data[6:10, 2:18, 18:22] = Material.LOOP
    return Labels(data, VOXEL_UM)


@pytest.fixture
def volume(truth: Labels) -> Volume:
    """Voxel values without noise: each class has its coefficient."""
    return Volume(MU_PER_UM[truth.data], VOXEL_UM, Quantity.LINEAR_ATTENUATION)


@pytest.fixture
def viewer():
    """A viewer without window."""
    from napari.components import ViewerModel

    return ViewerModel()


@pytest.fixture(scope="session")
def shared_worker():
    """A worker that is ended with the last test."""
    with Worker() as worker:
        yield worker


@pytest.fixture(scope="session")
def judging_worker():
    """A worker that judges labels: else each dock that is seen for a second starts a process of its own."""
    with Worker() as worker:
        yield worker


@pytest.fixture
def dock(viewer, qtbot, shared_worker, judging_worker, monkeypatch):
    """The dock of that viewer."""
    from napari_crystalseg.widgets import CrystalSegDock
    from napari_crystalseg.widgets.dock import dock
    from napari_crystalseg.widgets.review import review_stage

    monkeypatch.setattr(dock.JobBar, "warm", lambda *modules: None)
    # Process ends with it, and asks the network, which takes its time.
    monkeypatch.setattr(review_stage, "find_places", work.find_nothing)
    made = CrystalSegDock(viewer)
    made.make_stages()
    made.bar.holder = SharedHolder(shared_worker)
    made.followers.findings.holder = SharedFollowerHolder(judging_worker)
    qtbot.addWidget(made)
    yield made
    made.bar.cancel()
    made.close_down()


@pytest.fixture
def loaded(dock, viewer, volume):
    """The dock with the small volume, moved away from the origin, opened."""
    from napari_crystalseg.widgets.layers.label_layer import image_layer

    layer = image_layer(volume)
    layer.translate = (10.0, -20.0, 30.0)
    viewer.add_layer(layer)
    dock.session.image = layer
    return dock


@pytest.fixture
def labelled(loaded, viewer, truth, qtbot):
    """The dock with volume and labels, counted."""
    from napari_crystalseg.widgets.layers.label_layer import add_labels, labels_layer
    from napari_crystalseg.widgets.layers.layer_place import spatial_of

    layer = labels_layer(truth, spatial_of(loaded.session.image))
    add_labels(viewer, layer)
    loaded.session.labels = layer
    qtbot.waitUntil(lambda: loaded.session.fingerprint is not None)
    return loaded


@pytest.fixture(scope="module")
def slice_worker():
    with Worker() as worker:
        yield worker


@pytest.fixture
def warnings(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


@pytest.fixture
def seen(dock, slice_worker):
    """The dock in a window of its own, since nothing is computed for a tab that nobody sees."""
    dock.open.scan_box.live.holder = SharedFollowerHolder(slice_worker)
    dock.show()
    return dock
