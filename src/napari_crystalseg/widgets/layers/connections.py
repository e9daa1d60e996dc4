"""Connections to signals that outlive a widget, and how to undo them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Connections:
    """Connected slots of a dock; Qt drops its own when a widget dies, psygnal's and napari's must be undone by hand."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], Any]] = []

    def add(self, signal: Any, slot: Callable[..., Any]) -> None:
        """Connect a psygnal or napari signal until :meth:`close`."""
        signal.connect(slot)
        self._undo.append(lambda: signal.disconnect(slot))

    def add_undo(self, undo: Callable[[], Any]) -> None:
        """Call ``undo`` on :meth:`close`."""
        self._undo.append(undo)

    def close(self) -> None:
        """Undo everything; further calls do nothing.

        A timer or widget that Qt has deleted already, as when the whole window goes, has nothing left to undo, and
        keeps nothing else from being undone.
        """
        while self._undo:
            undo = self._undo.pop()
            try:
                undo()
            except RuntimeError as error:
                if "deleted" not in str(error):
                    raise
