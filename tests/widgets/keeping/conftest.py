"""Docks on a volume that lies in a file, with labels, strokes, and a way to begin again as after a crash."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.layers.label_layer import add_labels, image_layer, labels_layer
from napari_crystalseg.widgets.layers.layer_place import spatial_of
from napari_crystalseg.widgets.layers.layer_record import PATH, RECORD


@pytest.fixture
def source(tmp_path):
    """The file of the volume; reviews of it lie beside it."""
    folder = tmp_path / "visit"
    folder.mkdir()
    path = folder / "sample.tif"
    path.write_bytes(b"voxels")
    return path


class Desk:
    """A dock on a viewer, with what a person does in it."""

    def __init__(self, dock, viewer, qtbot):
        self.dock, self.viewer, self.qtbot = dock, viewer, qtbot

    def open_volume(self, volume, source):
        layer = image_layer(volume, source.stem)
        layer.metadata = {**layer.metadata, RECORD: {**layer.metadata[RECORD], PATH: str(source)}}
        self.viewer.add_layer(layer)
        self.dock.session.image = layer
        return layer

    def segment(self, labels):
        layer = labels_layer(labels, spatial_of(self.dock.session.image))
        add_labels(self.viewer, layer)
        self.dock.session.labels = layer
        return layer

    def stroke(self, place, label=Material.CRYSTAL):
        layer = self.dock.session.labels
        layer.n_edit_dimensions, layer.brush_size, layer.mode = 3, 3, "paint"
        before = layer.data.copy()
        with layer.block_history():
            layer.paint(place, int(label))
        assert not np.array_equal(before, layer.data)

    def wait_saved(self):
        keeper = self.dock.keeper
        keeper.save()
        self.qtbot.waitUntil(lambda: keeper.kept.is_saved and not keeper.kept.busy and not keeper._asked, timeout=20000)

    def go_on(self):
        assert self.dock.recovery.offer is not None
        self.dock.recovery_bar.go_on_button.click()
        self.qtbot.waitUntil(lambda: not self.dock.recovery.busy, timeout=20000)
        return self.dock.session.labels


@pytest.fixture
def asked():
    """Stages that were asked to find places, which takes a network."""
    return []


@pytest.fixture
def make(qtbot, monkeypatch, asked):
    """Makes docks, each on a viewer of its own."""
    from napari.components import ViewerModel

    from napari_crystalseg.widgets import CrystalSegDock
    from napari_crystalseg.widgets.dock import dock
    from napari_crystalseg.widgets.review import review_stage

    monkeypatch.setattr(dock.JobBar, "warm", lambda *modules: None)
    monkeypatch.setattr(review_stage.ReviewStage, "find_places", lambda stage: asked.append(stage))
    made: list[CrystalSegDock] = []

    def begin():
        viewer = ViewerModel()
        one = CrystalSegDock(viewer)
        qtbot.addWidget(one)
        made.append(one)
        return Desk(one, viewer, qtbot)

    yield begin
    for one in made:
        one.close_down()
    gc.collect()


def crash(desk):
    """Let go of the folders without a last save, as the system does for a process that was killed."""
    for kept in desk.dock.keeper._held:
        kept.release()
    desk.dock.keeper._every.stop()
    # What is being saved is saved before, in its thread.
    desk.qtbot.waitUntil(lambda: all(kept.is_let_go for kept in desk.dock.keeper._held), timeout=20000)
