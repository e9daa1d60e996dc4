"""The mouse in the canvas, for a tool that needs a place, a stroke, an outline or a box."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....review.tools.need import Need
from .seen_slice import SeenSlice, seen_slice, voxel_at

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer

_CLICK_PIXELS = 4

Path = NDArray[np.float64]
Taken = Callable[[Path, SeenSlice], None]


class Hand:
    """Takes the left button of the mouse over labels, while a tool is chosen.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the canvas.
    drawing, drawn : callable
        Called with the points (z, y, x) in voxels, and the slice: while they are drawn, and when the button is let go.
    left : callable
        Called when somebody takes up a brush instead.
    """

    def __init__(self, viewer: ViewerModel, drawing: Taken, drawn: Taken, left: Callable[[], None]) -> None:
        self._viewer = viewer
        self._drawing, self._drawn, self._left = drawing, drawn, left
        self._layer: LabelsLayer | None = None
        self._need = Need.NOTHING
        self._mode = "pan_zoom"

    def take(self, layer: LabelsLayer, need: Need) -> None:
        """Take the mouse over some labels."""
        self.put_down()
        if need is Need.NOTHING:
            return
        self._layer, self._need, self._mode = layer, need, str(layer.mode)
        layer.mode = "pan_zoom"
        # A drag draws, and does not move the picture; a click for a point leaves that to a drag.
        layer.mouse_pan = need is Need.POINT
        layer.mouse_drag_callbacks.append(self._pressed)
        layer.events.mode.connect(self._mode_changed)

    def put_down(self) -> None:
        """Give the mouse back to whatever had it."""
        layer, self._layer = self._layer, None
        if layer is None:
            return
        layer.events.mode.disconnect(self._mode_changed)
        if self._pressed in layer.mouse_drag_callbacks:
            layer.mouse_drag_callbacks.remove(self._pressed)
        if str(layer.mode) == "pan_zoom":
            layer.mouse_pan = True
            layer.mode = self._mode

    def _mode_changed(self, event: Any = None) -> None:
        if self._layer is not None and str(self._layer.mode) != "pan_zoom":
            self._left()

    def _pressed(self, layer: LabelsLayer, event: Any) -> Iterator[None]:
        if event.button != 1 or tuple(event.modifiers) or layer is not self._layer:
            return
        start = voxel_at(self._viewer, layer, event.position)
        if start is None:
            return
        seen = seen_slice(self._viewer, layer)
        at, dragged = np.asarray(event.pos, dtype=float), False
        points = [start]
        yield
        while event.type == "mouse_move":
            dragged = dragged or bool(np.abs(np.asarray(event.pos, dtype=float) - at).max() >= _CLICK_PIXELS)
            voxel = voxel_at(self._viewer, layer, event.position)
            if voxel is not None and self._need is not Need.POINT:
                points = [points[0], voxel] if self._need is Need.BOX else [*points, voxel]
                self._drawing(np.asarray(points), seen)
            yield
        if layer is not self._layer or (dragged and self._need is Need.POINT):
            return
        self._drawn(np.asarray(points), seen)
