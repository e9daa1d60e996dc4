"""The cross over napari's own canvas: painted by Qt, so that no layer and no OpenGL is needed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QEvent, QObject, QRectF, Qt
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QWidget

from ...layers.connections import Connections
from ..cross import point_of
from ..slice_view import draw_cross
from .canvas import camera_of

if TYPE_CHECKING:
    from napari.components import ViewerModel


class CanvasCross(QWidget):
    """A cross over the canvas at the point that all views show; the mouse does not see it."""

    def __init__(self, viewer: ViewerModel, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._viewer = viewer
        self._connections = Connections()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        canvas.installEventFilter(self)
        camera = camera_of(viewer)
        for signal in (camera.events.center, camera.events.zoom, viewer.dims.events.point):
            self._connections.add(signal, self._moved)
        for signal in (viewer.dims.events.ndisplay, viewer.dims.events.order):
            self._connections.add(signal, self._moved)
        self.resize(canvas.size())
        self.show()

    def close_down(self) -> None:
        """Take the cross away."""
        self._connections.close()
        canvas = self.parent()
        if canvas is not None:
            canvas.removeEventFilter(self)
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Stay as large as the canvas."""
        if event is not None and event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
        return False

    def place(self) -> tuple[float, float] | None:
        """Where in the canvas (down, across) the point is; None in 3-D."""
        dims = self._viewer.dims
        if dims.ndisplay != 2 or dims.ndim < 3:
            return None
        camera = camera_of(self._viewer)
        point = np.asarray(dims.point, dtype=float)
        point[-3:] = point_of(self._viewer)
        places = [point[axis] for axis in dims.displayed]
        size = self.height(), self.width()
        down, across = (
            (place - centre) * camera.zoom + length / 2
            for place, centre, length in zip(places, camera.center[-2:], size, strict=True)
        )
        return float(down), float(across)

    def paintEvent(self, event: object) -> None:
        """Draw the cross."""
        place = self.place()
        if place is not None:
            draw_cross(QPainter(self), place, QRectF(self.rect()))

    def _moved(self, event: Any = None) -> None:
        self.update()
