"""A napari window with the dock, and a hand that works in it: it presses, draws, waits and takes pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import napari
import numpy as np
from PIL import Image
from qtpy.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication, QScrollArea, QWidget

from napari_crystalseg.widgets.queue.file_drop import FileDrop

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZE = (1366, 768)


class Screen:
    """The window, of the size of a small laptop's.

    Parameters
    ----------
    samples : Path
        Folder with copies of the sample data, which may be written to.
    size : (int, int)
        Width and height, pixels.
    """

    def __init__(self, samples: Path, size: tuple[int, int] = SIZE) -> None:
        self.samples = samples
        self.clicks = self.keys = 0
        self.viewer = napari.Viewer(show=True)
        self.viewer.window._qt_window.setGeometry(0, 0, *size)
        self.rest()
        _, self.dock = self.viewer.window.add_plugin_dock_widget("napari-crystalseg", "CrystalSeg")
        self.rest()
        self.dock.make_stages()

    # Waiting.

    def wait(self, condition: Callable[[], Any], seconds: float = 400.0) -> None:
        """Let the window live until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                path = self.samples.parent / "stuck.png"
                self.viewer.window.screenshot(str(path), flash=False)
                raise SystemExit(f"The dock did not answer in time ({path}); it says: {self.dock.bar.message.text()}")
            QApplication.processEvents()
            time.sleep(0.01)

    def rest(self, seconds: float = 0.5) -> None:
        """Let the window draw itself."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > end)
        # Only the event loop itself takes away what was deleted, and there is none: old sliders would show below new.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def finish(self) -> None:
        """Wait for the job that runs, and for what begins by itself when it ends."""
        self.wait(lambda: not self.dock.session.busy)
        self.rest()
        self.wait(lambda: not self.dock.session.busy)
        self.rest()

    # The hand.

    def press(self, button: QAbstractButton) -> None:
        """Click on a button, which must be in sight after scrolling."""
        self.bring_into_view(button)
        if not (button.isEnabled() and button.isVisible()):
            raise SystemExit(
                f"The button '{button.text()}' cannot be pressed; the dock says: {self.dock.bar.message.text()}"
            )
        self.clicks += 1
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def drop(self, *paths: Path) -> None:
        """Drop files on the dock."""
        self.clicks += 1
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        event = QDropEvent(
            QPointF(60, 60),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        # As Qt delivers it once a drag has entered.
        self.dock.findChild(FileDrop).eventFilter(self.dock, event)
        self.rest()

    def draw(self, layer: Any, voxels: Iterable[Sequence[float]]) -> None:
        """Drag the mouse in the canvas along voxels (z, y, x) of a layer in the slice that is shown; one is a click."""
        self.clicks += 1
        points = [self.pixel_of(layer.data_to_world(voxel)) for voxel in voxels]
        native = self.viewer.window._qt_viewer.canvas.native
        left = Qt.MouseButton.LeftButton
        self.point_at(native, points[0])
        QTest.mousePress(native, left, Qt.KeyboardModifier.NoModifier, points[0])
        for one, other in pairwise(points):
            for share in np.linspace(0, 1, 5)[1:]:
                between = QPoint(*(round(a + share * (b - a)) for a, b in zip(_pair(one), _pair(other), strict=True)))
                self.point_at(native, between)
        QTest.mouseRelease(native, left, Qt.KeyboardModifier.NoModifier, points[-1])
        self.rest(0.2)

    def point_at(self, native: QWidget, pixel: QPoint) -> None:
        """Move the pointer there."""
        QTest.mouseMove(native, pixel)
        QApplication.processEvents()

    def pixel_of(self, world: Sequence[float]) -> QPoint:
        """Place in the canvas of a place in the world."""
        viewer = self.viewer
        height, width = viewer.window._qt_viewer.canvas.size
        y, x = (world[axis] for axis in viewer.dims.displayed)
        centre = viewer.camera.center[-2:]
        zoom = viewer.camera.zoom
        return QPoint(round(width / 2 + (x - centre[1]) * zoom), round(height / 2 + (y - centre[0]) * zoom))

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key with the canvas in focus."""
        native = self.viewer.window._qt_viewer.canvas.native
        native.setFocus()
        self.keys += 1
        QTest.keyClick(native, key, modifier)
        self.rest(0.2)

    # Pictures.

    def look_at(self, stage: int) -> None:
        """Bring a stage of the dock to the front."""
        self.dock.tabs.setCurrentIndex(stage)
        self.rest()

    def bring_into_view(self, widget: QWidget) -> None:
        """Scroll to a widget of a stage."""
        area = widget.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(widget)
            QApplication.processEvents()

    def scroll_to(self, top: QWidget) -> None:
        """Scroll so that a widget is the first in sight."""
        area = top.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if isinstance(area, QScrollArea) and area.widget() is not None:
            bar = area.verticalScrollBar()
            bar.setValue(top.mapTo(area.widget(), QPoint(0, 0)).y() - 6)
            QApplication.processEvents()

    def shoot(self, name: str) -> None:
        """Take a picture of the window."""
        self.rest(1.0)
        # napari's own messages go by themselves, and would lie over the canvas.
        for note in self.viewer.window._qt_window.findChildren(QWidget, "NapariQtNotification"):
            note.close()
        self.rest(0.3)
        save(self.viewer.window.screenshot(flash=False), IMAGES / f"{name}.png")

    def canvas(self) -> np.ndarray:
        """Return a picture of the canvas alone, RGB."""
        return np.asarray(self.viewer.screenshot(canvas_only=True, flash=False))[..., :3]

    def close(self) -> None:
        """Close the window."""
        self.dock.close_down()
        self.viewer.close()


def save(pixels: np.ndarray, path: Path, colours: int | None = None) -> None:
    """Write a picture as PNG, of all its colours or of so many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(np.ascontiguousarray(np.asarray(pixels)[..., :3]))
    if colours is not None:
        picture = picture.quantize(colours, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(f"{path.relative_to(IMAGES)}  {path.stat().st_size / 1000:.0f} kB", flush=True)


def _pair(point: QPoint) -> tuple[int, int]:
    return point.x(), point.y()
