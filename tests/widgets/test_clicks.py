"""How many clicks a whole good sample takes, from the drop to exported factors."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox

from helpers import dock_worker_tasks as work
from napari_crystalseg import io
from napari_crystalseg.labels import Material
from napari_crystalseg.scan import Scan
from napari_crystalseg.widgets.layers.layer_data import layer_of
from napari_crystalseg.widgets.session.remembered import PROCESS_ELSEWHERE, remember
from napari_crystalseg.widgets.tabs import EXPORT
from napari_crystalseg.widgets.tasks import process as tasks

LONG_MS = 240000
AT_MOST = 9


class Hand:
    """Presses buttons as a person does, and counts."""

    def __init__(self, dock, qtbot):
        self.dock, self.qtbot, self.clicks = dock, qtbot, 0

    def press(self, button):
        assert button.isEnabled() and button.isVisibleTo(self.dock), button.text()
        self.clicks += 1
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def does(self, action):
        self.clicks += 1
        action()

    def waits(self):
        self.qtbot.waitUntil(lambda: not self.dock.session.busy, timeout=LONG_MS)


@pytest.fixture
def scan_file(tmp_path):
    """A crystal of radius 5 in liquor of radius 9 pixels about the axis."""

    def chord(radius):
        return 2 * np.sqrt(np.clip(radius**2 - (np.arange(32) - 15.5) ** 2, 0, None))

    counts = 1e4 * np.exp(-2.0 * (0.01 * chord(9.0) + 0.01 * chord(5.0)))
    counts = np.broadcast_to(counts, (120, 6, 32)).astype(np.float32)
    flats, darks = np.full((1, 6, 32), 1e4, np.float32), np.zeros((1, 6, 32), np.float32)
    angles = np.linspace(0, 180, 120, endpoint=False)
    io.save_scan(Scan(counts, flats, darks, angles, pixel_size_um=2.0, energy_kev=5.0), tmp_path / "good.h5")
    return tmp_path / "good.h5"


def test_a_whole_good_sample(dock, viewer, scan_file, tmp_path_factory, monkeypatch, qtbot):
    def nobody_is_asked(*args):
        raise AssertionError(args)

    remember(PROCESS_ELSEWHERE, tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.setattr(tasks, "process_sample", work.process_by_grey)
    for name in ("question", "warning"):
        monkeypatch.setattr(QMessageBox, name, nobody_is_asked)
    dock.show()
    hand, session = Hand(dock, qtbot), dock.session
    hand.does(lambda: dropped(viewer, scan_file))
    hand.press(dock.open.process_box.button)
    hand.waits()
    automatic = session.factors.absorption.copy()
    for place, centre in enumerate(((2, 16, 12), (3, 12, 16), (3, 16, 19))):
        if place:  # the list opens on the first
            hand.does(lambda centre=centre: viewer.dims.set_point(range(3), np.multiply(centre, 2.0)))
        hand.does(lambda centre=centre: session.labels.paint(centre, Material.CRYSTAL))
    hand.does(lambda: dock.tabs.setCurrentIndex(EXPORT))  # accept, which ends the review
    hand.press(dock.export.export_button)
    hand.waits()
    qtbot.waitUntil(lambda: dock.export.written.text() != "", timeout=LONG_MS)
    assert hand.clicks <= AT_MOST
    folder = scan_file.parent / "good_crystalseg"
    assert (folder / "good_labels.tif").is_file() and (folder / "good_factors.json").is_file()
    # What is written is of the corrected labels.
    np.testing.assert_array_equal(io.open_labels(folder / "good_labels.tif").data, session.labels.data)
    assert not session.stale and not np.array_equal(session.factors.absorption, automatic)


def dropped(viewer, path):
    """Bring a file as napari's reader does, with its path in the layer's source."""
    from napari.layers import Layer
    from napari.layers._source import layer_source

    with layer_source(path=str(path)):
        viewer.add_layer(Layer.create(*layer_of(io.open_file(path), path.stem)))
