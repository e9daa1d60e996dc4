"""Planes of arrays that are not in memory, read in a thread so that the window goes on."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer, Signal

_POLL_MS = 20


class LazyPlanes(QObject):
    """Reads planes one after the other and keeps the last of each array and axis; announces what has come.

    What is asked for while another plane is read replaces what was asked for before.
    """

    came = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[tuple[int, int], tuple[tuple[int, ...], Any, NDArray[Any]]] = {}
        self._wanted: dict[tuple[int, int], tuple[Any, tuple[int, ...]]] = {}
        self._reading: threading.Thread | None = None
        self._read: list[tuple[tuple[int, int], tuple[int, ...], Any, NDArray[Any]]] = []
        self._failed: set[int] = set()
        self._stale: set[tuple[int, int]] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        """Whether a plane is still being read."""
        return self._reading is not None

    def plane(self, array: Any, lead: tuple[int, ...], axis: int, index: int) -> NDArray[Any] | None:
        """Plane ``index`` along ``axis`` of the last three axes; None while it is read, and where it cannot be."""
        key = id(array), axis
        kept = self._kept.get(key)
        there = kept is not None and kept[0] == (*lead, index) and kept[1] is array
        if not there or key in self._stale:
            self._stale.discard(key)
            if id(array) not in self._failed:
                self._wanted[key] = array, (*lead, index)
                self._next()
        # What was there before an edit is shown until it is read again.
        return kept[2] if kept is not None and there else None

    def forget(self, array: Any = None) -> None:
        """Read anew what is asked for of an array, or of all: it has changed."""
        if array is None:
            self._kept.clear()
            self._wanted.clear()
            self._failed.clear()
            return
        self._failed.discard(id(array))
        self._stale.update((id(array), axis) for axis in range(3))

    def stop(self) -> None:
        """Ask for nothing more; a plane that is being read ends unheard."""
        self._timer.stop()
        self.forget()
        self._reading = None

    def _next(self) -> None:
        if self._reading is not None or not self._wanted:
            return
        key = next(iter(self._wanted))
        array, places = self._wanted.pop(key)
        self._read = []
        # Not of parts.background, whose thread is waited for at the end: a store that hangs must not keep napari open.
        self._reading = threading.Thread(target=_read, args=(self._read, key, array, places), name="plane", daemon=True)
        self._reading.start()
        self._timer.start()

    def _poll(self) -> None:
        if self._reading is not None and self._reading.is_alive():
            return
        self._timer.stop()
        self._reading = None
        for key, places, array, plane in self._read:
            if plane.ndim == 2:
                self._kept[key] = places, array, plane
            else:
                self._failed.add(key[0])
        self._next()
        self.came.emit()


def _read(
    read: list[tuple[tuple[int, int], tuple[int, ...], Any, NDArray[Any]]],
    key: tuple[int, int],
    array: Any,
    places: tuple[int, ...],
) -> None:
    *lead, index = places
    where: list[Any] = [*lead, slice(None), slice(None), slice(None)]
    where[len(lead) + key[1]] = index
    try:
        read.append((key, places, array, np.asarray(array[tuple(where)])))
    except Exception as error:  # its file or store may be gone
        logging.getLogger(__name__).warning("A plane cannot be read: %s", error)
        read.append((key, places, array, np.empty(0)))
