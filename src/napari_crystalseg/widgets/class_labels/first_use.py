"""Has ready what is read, compiled and imported at the first layers and edits; it would hold the window for seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from qtpy.QtCore import QTimer

from ...review.edits.edit import prepare_edits

_AGAIN_MS = 100
_started = threading.Event()
_units: list[Any] = []
_reading = threading.Event()
_threads: list[threading.Thread] = []


def prepare_first_labels() -> None:
    """Make small layers of an image and of labels in a thread, once in a process; no viewer ever sees them.

    What takes the time are pint's units, the imports of pandas and of scipy's images, and numba's compilation of
    napari's colours for these types of arrays, and of what the first stroke is kept with. pint reads its units when the
    first is asked for, and another thread that asks meanwhile is told that there is no such unit: so a registry of our
    own is read in a thread, and put into place here, in the window's thread, unless a layer came first.
    """
    if _started.is_set():
        return
    if not _units_are_read():
        if not _reading.is_set():
            _reading.set()
            _begin(_read_units, "units")
        elif _units:
            _take_units(_units[0])
        QTimer.singleShot(_AGAIN_MS, prepare_first_labels)
        return
    _started.set()
    _begin(_make, "first-labels")


def first_labels_are_prepared() -> bool:
    """Whether that is going on: a layer that comes now waits for it, and so would the window."""
    return any(thread.is_alive() for thread in _threads)


def _begin(work: Callable[[], None], name: str) -> None:
    _threads.append(threading.Thread(target=work, name=name))
    _threads[-1].start()


def _units_are_read() -> bool:
    import pint

    return not isinstance(pint.get_application_registry().get(), pint.registry.LazyRegistry)


def _read_units() -> None:
    import pint

    try:
        _units.append(pint.UnitRegistry())
    except Exception:  # then napari reads them itself
        logging.getLogger(__name__).debug("The units could not be read ahead.", exc_info=True)


def _take_units(registry: Any) -> None:
    import pint

    # Units of two registries cannot be compared: those of layers that are there stay.
    if not _units_are_read():
        pint.set_application_registry(registry)


def _make() -> None:
    try:
        from ...labels import Labels
        from ...volume import Volume
        from ..layers.label_layer import image_layer, labels_layer

        image_layer(Volume(np.zeros((2, 2, 2), dtype=np.float32), None))
        labels_layer(Labels(np.zeros((2, 2, 2), dtype=np.uint8), None))
        prepare_edits()
    except Exception:  # only time would be lost
        logging.getLogger(__name__).debug("The first labels could not be prepared.", exc_info=True)
