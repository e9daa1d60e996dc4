"""A whole sample: drop, Process, three places with a stroke each, Accept, Export; counted and timed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import Qt
from screen import Screen

from napari_crystalseg.labels import Material
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.widgets.keeping.accept_box import AcceptBox
from napari_crystalseg.widgets.tabs import EXPORT, OPEN, REVIEW


def take(samples: Path) -> None:
    """Go through a sample as a person does; print the clicks and what each step took."""
    folder = samples.parent / "crystals"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = Path(shutil.copy(samples / "simulated_scan.h5", folder / "thaumatin_17.h5"))
    screen = Screen(samples)
    dock, session = screen.dock, screen.dock.session
    screen.look_at(OPEN)
    screen.rest(3)
    clock = Clock(screen)
    screen.drop(path)
    screen.wait(lambda: session.scan is not None and not session.busy)
    screen.wait(lambda: dock.open.scan_box.slice_layer.layer is not None and not dock.open.scan_box.live.busy)
    clock.tell("dropped, slice shown")
    screen.shoot("two-minutes-1-drop")
    clock.go_on()
    screen.press(dock.open.process_box.button)
    screen.wait(lambda: session.image is not None and dock.bar.progress.value() > 0)
    clock.pause()
    screen.shoot("two-minutes-2-process")
    clock.go_on()
    screen.wait(lambda: session.factors is not None and not session.busy)
    clock.tell("processed, down to absorption factors")
    screen.wait(lambda: session.review is not None and not session.busy)
    clock.tell("places found")
    screen.shoot("two-minutes-3-place")
    for number in range(3):
        clock.go_on()
        if number:
            screen.key(Qt.Key.Key_N)
        mend(screen)
        done = number in session.review.places.done
        clock.tell(f"place {number + 1} {'mended' if done else 'still open'}, brush {session.labels.brush_size}")
        if number == 0:
            screen.shoot("two-minutes-4-stroke")
    clock.go_on()
    screen.press(accept_button(dock))
    screen.wait(lambda: dock.tabs.currentIndex() == EXPORT)
    clock.tell("accepted")
    screen.shoot("two-minutes-5-accepted")
    clock.go_on()
    screen.press(dock.export.export_button)
    screen.wait(lambda: dock.export.written.text() != "" and not session.busy)
    clock.tell("exported")
    clock.sum_up()
    screen.shoot("two-minutes-6-exported")
    screen.look_at(REVIEW)
    screen.shoot("dock-accepted")
    screen.close()


class Clock:
    """Time that a sample takes, without that of the pictures.

    Parameters
    ----------
    screen : Screen
        Whose clicks are counted.
    """

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._spent = self._step = 0.0
        self._since: float | None = time.perf_counter()

    def pause(self) -> None:
        """Stand still."""
        if self._since is not None:
            took = time.perf_counter() - self._since
            self._spent, self._step, self._since = self._spent + took, self._step + took, None

    def go_on(self) -> None:
        """Run again."""
        self._since = time.perf_counter()

    def tell(self, step: str) -> None:
        """Print what a step took, and run on."""
        self.pause()
        print(f"{step}: {self._step:.1f} s, {self.screen.clicks} clicks so far", flush=True)
        self._step = 0.0
        self.go_on()

    def sum_up(self) -> None:
        """Print the whole."""
        self.pause()
        print(f"a whole sample: {self._spent:.0f} s, {self.screen.clicks} clicks, {self.screen.keys} keys")


def mend(screen: Screen) -> None:
    """Paint the class that is suggested over the place that is shown, with one stroke of the brush."""
    session = screen.dock.session
    place, layer = session.review.place, session.labels
    code = Material.LIQUOR if place.to_label is None else Material(place.to_label)
    if int(layer.selected_label) != code or str(layer.mode) != "paint":
        screen.press(screen.dock.review.class_table.buttons[code])
    # The brush fits the place by itself.
    screen.draw(layer, stroke_over(place))
    screen.rest(0.3)


def stroke_over(place: Place) -> Sequence[Any]:
    """Return voxels (z, y, x) along the longest side of a place in its middle slice."""
    z = place.centre[0] - place.box[0].start
    voxels = np.argwhere(place.mask[z])
    voxels = voxels[np.argsort(voxels[:, int(np.ptp(voxels, axis=0).argmax())])]
    along = [voxels[round(share * (len(voxels) - 1))] for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
    return [(place.centre[0], y + place.box[1].start, x + place.box[2].start) for y, x in along]


def accept_button(dock: Any) -> Any:
    """Return the button that accepts the labels."""
    (box,) = dock.findChildren(AcceptBox)
    return box.button
