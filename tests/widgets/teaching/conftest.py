"""A teach box on a viewer without a window, with a volume that is anisotropic and away from the origin."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.shared_holder import SharedHolder
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Quantity, Volume
from napari_crystalseg.widgets.dock.layer_follower import LayerFollower
from napari_crystalseg.widgets.label_edits.edit_keeper import EditKeeper
from napari_crystalseg.widgets.layers.connections import Connections
from napari_crystalseg.widgets.parts.job_bar import JobBar
from napari_crystalseg.widgets.parts.stage import Desk
from napari_crystalseg.widgets.session.session import session_of
from napari_crystalseg.widgets.teaching.teach_box import TeachBox

VOXEL_UM = (0.5, 0.25, 0.8)
SHAPE = (26, 40, 22)


def sample() -> np.ndarray:
    """A crystal box in liquor in air."""
    data = np.zeros(SHAPE, np.uint8)
    data[3:23, 6:34, 3:19] = Material.LIQUOR
    data[7:19, 12:28, 6:16] = Material.CRYSTAL
    return data


def stroke(box, material, start, stop):
    """Draw one stroke from voxel to voxel."""
    box.draw(material)
    layer = box.layer
    with layer.block_history():
        for part in np.linspace(0, 1, 30):
            layer.paint(tuple(np.rint(np.array(start) + part * np.subtract(stop, start))), layer.selected_label)


def three_strokes(box):
    stroke(box, Material.AIR, (13, 1, 3), (13, 1, 18))
    stroke(box, Material.LIQUOR, (13, 8, 6), (13, 8, 15))
    stroke(box, Material.CRYSTAL, (13, 15, 10), (13, 25, 10))


@pytest.fixture
def desk(viewer, qtbot, shared_worker):
    session = session_of(viewer)
    connections = Connections()
    connections.add_undo(LayerFollower(session, viewer, [].append).stop)
    keeper = EditKeeper(session)
    connections.add(session.events.labels, keeper.take)
    connections.add_undo(keeper.stop)
    bar = JobBar(session)
    bar.holder = SharedHolder(shared_worker)
    qtbot.addWidget(bar)
    yield Desk(viewer, session, bar, connections)
    bar.cancel()
    connections.close()
    bar.close_worker()


@pytest.fixture
def image(viewer, desk):
    """The volume, chosen: each class has its own voxel value, with a little noise."""
    from napari_crystalseg.widgets.layers.label_layer import image_layer

    values = np.array([0.0, 0.01, 0.03, 0.02, 0.0], np.float32)[sample()]
    values += 0.0005 * np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    layer = image_layer(Volume(values, VOXEL_UM, Quantity.LINEAR_ATTENUATION))
    layer.translate = (10.0, -20.0, 30.0)
    viewer.add_layer(layer)
    desk.session.image = layer
    return layer


@pytest.fixture
def labels(viewer, desk, image):
    """Labels of that volume without its crystal, chosen."""
    from napari_crystalseg.widgets.layers.label_layer import labels_layer
    from napari_crystalseg.widgets.layers.layer_place import spatial_of

    data = np.where(sample() == Material.CRYSTAL, Material.LIQUOR, sample()).astype(np.uint8)
    layer = labels_layer(Labels(data, VOXEL_UM), spatial_of(image))
    viewer.add_layer(layer)
    desk.session.labels = layer
    return layer


@pytest.fixture
def found():
    """Lists of which doubtful places were looked for again."""
    return []


@pytest.fixture
def box(desk, found, qtbot):
    made = TeachBox(desk, found.append)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def ended(desk, qtbot):
    """Wait until the job is over."""
    return lambda: qtbot.waitUntil(lambda: not desk.session.busy, timeout=120_000)
