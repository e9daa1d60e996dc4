"""Drops: a simulated plate, classified, and the review of a drop with crystals."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget
from screen import IMAGES, save

from napari_crystalseg.drops.objects import CRYSTAL
from napari_crystalseg.simulation.drops import DropConditions, simulated_drop
from napari_crystalseg.widgets import DropsWidget
from napari_crystalseg.widgets.drops.drop_entry import DropEntry

SIZE = (1280, 800)
SEED = 16
CONDITIONS = DropConditions(shape=(480, 576), colour=0.9, dark_field=0.0)


def simulated_plate(folder: Path) -> None:
    """Write a plate of two drops a well, some of which were not imaged, and a file that broke."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(192):
        well, drop = divmod(number, 2)
        row, column = divmod(well, 12)
        path = folder / f"{'ABCDEFGH'[row]}{column + 1:02d}{'ab'[drop]}.png"
        if path.exists() or (number * 7) % 23 == 0:
            continue
        image = simulated_drop(SEED, number, CONDITIONS).image
        assert image.pixel_size_um is not None
        dots_per_inch = 25400 / image.pixel_size_um
        Image.fromarray(image.values).save(path, dpi=(dots_per_inch, dots_per_inch))
    (folder / "C07a.png").write_bytes(b"")


def wait(condition: Callable[[], bool], seconds: float = 600.0) -> None:
    """Let the window live until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("The widget did not answer in time.")
        QApplication.processEvents()
        time.sleep(0.01)


def rest(seconds: float = 1.0) -> None:
    """Let the window draw itself."""
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end)


def take(samples: Path) -> None:
    """Classify the plate, accept some drops, and take both pictures."""
    folder = samples.parent / "plate"
    simulated_plate(folder)
    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.setGeometry(0, 0, *SIZE)
    widget = DropsWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Drops", area="right")
    rest()
    widget.open_paths([folder])
    wait(lambda: widget.reviewer.followed is not None)
    widget.classify_button.click()
    wait(lambda: all(entry.probabilities or entry.problem for entry in widget.entries))
    widget.order.setCurrentIndex(1)
    for _ in range(14):
        QTest.keyClick(widget.plate, Qt.Key.Key_X)
        settle(widget)
        QTest.keyClick(widget.plate, Qt.Key.Key_Space)
        settle(widget)
    QTest.keyClick(widget.plate, Qt.Key.Key_X)
    settle(widget)
    shoot(viewer, "drops-plate")
    widget.open_drop(max(range(len(widget.entries)), key=lambda number: worth_seeing(widget.entries[number])))
    settle(widget)
    shoot(viewer, "drops-review")
    widget.close_down()
    viewer.close()


def worth_seeing(entry: DropEntry) -> float:
    """How large the crystals are of a drop that has some, but not too many."""
    found = entry.found
    crystals = [] if found is None else found.of_kind(CRYSTAL, 0.6)
    return float(np.median([one.area_px for one in crystals])) if 3 <= len(crystals) <= 8 else 0.0


def settle(widget: DropsWidget) -> None:
    """Wait until the drop that was gone to is shown and looked at."""
    wait(lambda: widget.reviewer.opened is not None and widget.reviewer.followed is not None)
    wait(lambda: widget.follower.running is None)
    rest(0.3)


def shoot(viewer: napari.Viewer, name: str) -> None:
    """Take a picture of the window."""
    rest()
    for note in viewer.window._qt_window.findChildren(QWidget, "NapariQtNotification"):
        note.close()
    rest(0.3)
    save(np.asarray(viewer.window.screenshot(flash=False)), IMAGES / f"{name}.png")
