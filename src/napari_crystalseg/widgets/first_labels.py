"""Has ready what napari compiles and imports at the first labels, which would hold the window for seconds."""

from __future__ import annotations

import logging
import threading

import numpy as np
from qtpy.QtCore import QTimer

_AGAIN_MS = 500
_started = threading.Event()


def prepare_first_labels() -> None:
    """Make a small Labels layer in a thread, once in a process; no viewer ever sees it.

    What takes the time is the import of pandas, and numba's compilation of napari's colours for these types of arrays.
    It waits until the first layer is there: the first reads pint's units, and another thread that asks for one
    meanwhile is told that there is no such unit.
    """
    if _started.is_set():
        return
    if not _units_are_read():
        QTimer.singleShot(_AGAIN_MS, prepare_first_labels)
        return
    _started.set()
    threading.Thread(target=_make, name="first-labels").start()


def _units_are_read() -> bool:
    import pint

    return not isinstance(pint.get_application_registry().get(), pint.registry.LazyRegistry)


def _make() -> None:
    try:
        from ..labels import Labels
        from .label_layer import labels_layer

        labels_layer(Labels(np.zeros((2, 2, 2), dtype=np.uint8), None))
    except Exception:  # only time would be lost
        logging.getLogger(__name__).debug("The first labels could not be prepared.", exc_info=True)
