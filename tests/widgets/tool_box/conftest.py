"""A tool box on a viewer without a window, with labels that are anisotropic and away from the origin."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.dock.layer_follower import LayerFollower
from napari_crystalseg.widgets.label_edits.edit_keeper import EditKeeper
from napari_crystalseg.widgets.layers.connections import Connections
from napari_crystalseg.widgets.parts.job_bar import JobBar
from napari_crystalseg.widgets.parts.stage import Desk
from napari_crystalseg.widgets.session.session import session_of
from napari_crystalseg.widgets.tool_box.tool_box import ToolBox

VOXEL_UM = (0.5, 0.25, 0.8)
SHAPE = (26, 30, 22)


def sample() -> np.ndarray:
    """A crystal box with a hole in liquor in air, a loop, and a small crystal beside."""
    data = np.zeros(SHAPE, np.uint8)
    data[2:24, 2:28, 2:20] = Material.LIQUOR
    data[6:18, 6:20, 5:15] = Material.CRYSTAL
    data[10:12, 10:12, 9:11] = Material.AIR
    data[20:22, 22:25, 16:18] = Material.CRYSTAL
    data[3:5, 3:27, 3:19] = Material.LOOP
    return data


@pytest.fixture
def desk(viewer, qtbot):
    session = session_of(viewer)
    connections = Connections()
    connections.add_undo(LayerFollower(session, viewer, [].append).stop)
    keeper = EditKeeper(session)
    connections.add(session.events.labels, keeper.take)
    connections.add_undo(keeper.stop)
    bar = JobBar(session)
    qtbot.addWidget(bar)
    yield Desk(viewer, session, bar, connections)
    connections.close()
    bar.close_worker()


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Clicks go by rules here: the network takes seconds, and has tests of its own."""
    from napari_crystalseg.review.tools.clicks.network_clicks import NetworkClicks

    monkeypatch.setattr(NetworkClicks, "followed", lambda self, *arguments: None)


@pytest.fixture
def layers(viewer, desk):
    """Volume and labels, chosen."""
    from napari_crystalseg.widgets.class_labels.automatic_labels import remember_automatic
    from napari_crystalseg.widgets.layers.label_layer import image_layer, labels_layer

    data = sample()
    values = np.array([0.0, 0.01, 0.03, 0.02, 0.0], np.float32)[data]
    image, labels = image_layer(Volume(values, VOXEL_UM)), labels_layer(Labels(data, VOXEL_UM))
    for layer in (image, labels):
        layer.translate = (10.0, -20.0, 30.0)
        viewer.add_layer(layer)
    desk.session.image, desk.session.labels = image, labels
    remember_automatic(desk.session, labels)
    return image, labels


@pytest.fixture
def box(desk, layers, qtbot):
    made = ToolBox(desk)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def settled(qtbot):
    """Wait until a tool box knows what its tool proposes."""

    def wait(box):
        qtbot.waitUntil(lambda: not box.working, timeout=60_000)

    return wait
