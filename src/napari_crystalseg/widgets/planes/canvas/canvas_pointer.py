"""The mouse over napari's canvas: where it is, and which place it points at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal

from ...layers.connections import Connections
from ..brush import PAINTING
from ..cross import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.components import ViewerModel

_CLICK = 4


class CanvasPointer(QObject):
    """Follows the mouse over the canvas, as far as that shows a plane.

    Signals: ``hovered`` over a world point (z, y, x), ``pointed`` at one by a click, by the end of a stroke, or with
    Shift.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the canvas.
    connections : Connections
        Ends it.
    parent : QObject
        Whose end it shares.
    """

    hovered = Signal(object)
    pointed = Signal(object)

    def __init__(self, viewer: ViewerModel, connections: Connections, parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        connections.add(viewer.cursor.events.position, self._cursor_moved)
        for callbacks, own in (
            (viewer.mouse_drag_callbacks, self._pressed),
            (viewer.mouse_move_callbacks, self._moved),
        ):
            callbacks.append(own)
            connections.add_undo(partial(_remove, callbacks, own))

    def _cursor_moved(self, event: Any = None) -> None:
        if self._viewer.dims.ndisplay == 2 and len(self._viewer.cursor.position) >= 3:
            self.hovered.emit(_point(self._viewer.cursor.position))

    def _moved(self, viewer: Any, event: Any) -> None:
        if "Shift" in event.modifiers and viewer.dims.ndisplay == 2 and len(event.position) >= 3:
            self.pointed.emit(_point(event.position))

    def _pressed(self, viewer: Any, event: Any) -> Iterator[None]:
        layer = viewer.layers.selection.active
        mode = "pan_zoom" if layer is None else str(getattr(layer, "mode", "pan_zoom"))
        if event.button != 1 or viewer.dims.ndisplay != 2 or mode not in ("pan_zoom", *PAINTING):
            return
        start, dragged = np.asarray(event.pos, dtype=float), False
        yield
        while event.type == "mouse_move":
            dragged = dragged or bool(np.abs(np.asarray(event.pos) - start).sum() >= _CLICK)
            yield
        # After a stroke the other views show what was painted.
        if (not dragged or mode in PAINTING) and len(event.position) >= 3:
            self.pointed.emit(_point(event.position))


def _point(position: Sequence[float]) -> Point:
    z, y, x = (float(place) for place in position[-3:])
    return z, y, x


def _remove(callbacks: list[Any], own: Any) -> None:
    if own in callbacks:
        callbacks.remove(own)
