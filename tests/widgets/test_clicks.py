"""How many clicks a whole good sample takes, from the drop to exported factors."""

from __future__ import annotations

import os

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QFileDialog, QMessageBox

from helpers import dock_worker_tasks as work
from napari_crystalseg import io
from napari_crystalseg.labels import Material
from napari_crystalseg.scan import Scan
from napari_crystalseg.widgets.keeping.accept_box import AcceptBox
from napari_crystalseg.widgets.layers.layer_data import layer_of
from napari_crystalseg.widgets.review import review_stage
from napari_crystalseg.widgets.session.remembered import PROCESS_ELSEWHERE, remember
from napari_crystalseg.widgets.tabs import EXPORT, REVIEW
from napari_crystalseg.widgets.tasks import process as tasks

LONG_MS = 240000
AT_MOST = 8


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


@pytest.fixture
def by_grey(monkeypatch, tmp_path_factory):
    """Thresholds in place of the network, which takes longer than a test may; all else is real."""

    def nobody_is_asked(*args):
        raise AssertionError(args)

    remember(PROCESS_ELSEWHERE, tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.setattr(tasks, "process_sample", work.process_by_grey)
    monkeypatch.setattr(review_stage, "find_places", work.find_three_at_the_crystal)
    for name in ("question", "warning"):
        monkeypatch.setattr(QMessageBox, name, nobody_is_asked)


def test_a_whole_good_sample(dock, viewer, scan_file, by_grey, qtbot):
    """From the drop to exported factors: clicks of the mouse, and N from place to place."""
    dock.show()
    hand, session = Hand(dock, qtbot), dock.session
    hand.does(lambda: dropped(viewer, scan_file))
    hand.press(dock.open.process_box.button)
    qtbot.waitUntil(lambda: session.review is not None and not session.busy, timeout=LONG_MS)
    automatic = session.factors.absorption.copy()
    assert dock.tabs.currentIndex() == REVIEW and session.review.at == 0
    hand.press(dock.review.class_table.buttons[Material.CRYSTAL])  # takes the brush, too
    labels = session.labels
    keys = {str(key): action for key, action in labels.keymap.items()}
    for number in range(3):
        if number:
            keys["N"](labels)
        place = session.review.place
        assert session.review.at == number
        np.testing.assert_array_equal(np.round(labels.world_to_data(viewer.dims.point)), place.centre)
        hand.does(lambda place=place: stroke(labels, place))
    assert len(session.review.places.done) == 3
    hand.press(accept_button(dock))
    qtbot.waitUntil(lambda: dock.tabs.currentIndex() == EXPORT, timeout=LONG_MS)
    hand.press(dock.export.export_button)
    hand.waits()
    qtbot.waitUntil(lambda: dock.export.written.text() != "", timeout=LONG_MS)
    assert hand.clicks == AT_MOST
    folder = scan_file.parent / "good_crystalseg"
    assert (folder / "good_labels.tif").is_file() and (folder / "good_factors.json").is_file()
    # What is written is of the corrected labels.
    np.testing.assert_array_equal(io.open_labels(folder / "good_labels.tif").data, labels.data)
    assert not session.stale and not np.array_equal(session.factors.absorption, automatic)
    assert (scan_file.parent / "good.review" / "accepted.json").is_file()


@pytest.mark.skipif(os.environ.get("QT_QPA_PLATFORM") == "offscreen", reason="OpenGL needs a screen")
def test_the_keyboard_suffices(make_napari_viewer, scan_file, by_grey, shared_worker, monkeypatch, qtbot):
    """The same without a mouse; what is suggested at a place is changed by a key."""
    from helpers.shared_holder import SharedHolder
    from napari_crystalseg.widgets import CrystalSegDock
    from napari_crystalseg.widgets.parts.job_bar import JobBar

    monkeypatch.setattr(JobBar, "warm", lambda *modules: None)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(scan_file), ""))
    viewer = make_napari_viewer(show=True)
    dock = CrystalSegDock(viewer)
    dock.make_stages()
    dock.bar.holder = SharedHolder(shared_worker)
    window = viewer.window._qt_window
    viewer.window.add_dock_widget(dock, name="CrystalSeg")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG_MS)
    session, canvas = dock.session, viewer.window._qt_viewer.canvas.native

    def press(key, modifier=Qt.KeyboardModifier.NoModifier, widget=None):
        qtbot.keyClick(widget or QApplication.focusWidget() or window, key, modifier)

    alt = Qt.KeyboardModifier.AltModifier
    press(Qt.Key.Key_O, alt)
    qtbot.waitUntil(lambda: session.scan is not None and not session.busy, timeout=LONG_MS)
    press(Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: session.review is not None and not session.busy, timeout=LONG_MS)
    before = session.labels.data.copy()
    canvas.setFocus()
    press(Qt.Key.Key_G)
    press(Qt.Key.Key_Space)
    press(Qt.Key.Key_N)
    assert [str(session.review.verdicts.get(number)) for number in range(3)] == ["mended", "right", "None"]
    assert (session.labels.data != before).any()
    press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(session.labels.data, before)
    press(Qt.Key.Key_A, alt)
    qtbot.waitUntil(lambda: dock.tabs.currentIndex() == EXPORT and not session.busy, timeout=LONG_MS)
    press(Qt.Key.Key_X, alt)
    qtbot.waitUntil(lambda: dock.export.written.text() != "" and not session.busy, timeout=LONG_MS)
    assert (scan_file.parent / "good_crystalseg" / "good_factors.json").is_file()
    dock.bar.cancel()
    viewer.window.remove_dock_widget(dock)


def accept_button(dock):
    (box,) = dock.findChildren(AcceptBox)
    return box.button


def stroke(labels, place):
    """One stroke of the brush over a place, as the mouse makes it and as wide as the brush is by then."""
    # In the slice: these places are small, and one lies above the other.
    labels.n_edit_dimensions = 2
    with labels.block_history():
        for voxel in np.argwhere(place.mask):
            labels.paint(voxel + [side.start for side in place.box], labels.selected_label)


def dropped(viewer, path):
    """Bring a file as napari's reader does, with its path in the layer's source."""
    from napari.layers import Layer
    from napari.layers._source import layer_source

    with layer_source(path=str(path)):
        viewer.add_layer(Layer.create(*layer_of(io.open_file(path), path.stem)))
