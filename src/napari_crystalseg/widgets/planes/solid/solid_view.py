"""The labels in 3-D: crystal and loop inside translucent liquor, turned with the mouse, without OpenGL."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from ...layers.layer_place import finest
from ...views.class_surfaces import class_surfaces
from ..cross import point_of
from ..picture.placement import Placement, placement_of
from ..slice_view import CROSS
from .solid_picture import Solid, SolidPicture, rotation, solid_picture

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer

_REST_MS, _POLL_MS = 1000, 25
_CLICK = 4
_DEGREES_A_PIXEL = 0.5
_POINT_PIXELS = 2.4
"""Largest point that is drawn; a finer picture would take longer and show no more."""


class SolidView(QWidget):
    """Surfaces of labels, made in a thread of a coarse copy, and again when edits come to rest.

    Signals: ``pointed`` at the world point of a surface that was clicked on.
    """

    pointed = Signal(object)

    def __init__(self, viewer: ViewerModel, labels: Callable[[], LabelsLayer | None]) -> None:
        super().__init__()
        self._viewer, self._labels = viewer, labels
        self._angles = [-35.0, 20.0]
        self._zoom = 1.0
        self._solid: Solid | None = None
        self._picture: SolidPicture | None = None
        self._note = ""
        self._press: QPointF | None = None
        self._last: QPointF | None = None
        self._dragged = False
        self._again = False
        self._making: threading.Thread | None = None
        self._made: list[Solid | None] = []
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.make)
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(_POLL_MS)
        self._poll_timer.timeout.connect(self._poll)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(80, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Labels in 3-D")
        self.setToolTip("Labels in 3-D. Drag: turn, wheel: zoom, click on a surface: all views go there.")

    @property
    def busy(self) -> bool:
        """Whether surfaces are being made."""
        return self._making is not None or self._rest.isActive()

    @property
    def solid(self) -> Solid | None:
        """Surfaces that are shown."""
        return self._solid

    def touch(self) -> None:
        """Make the surfaces again once the edits rest."""
        if self.isVisible():
            self._rest.start()
        else:
            self._again = True

    def make(self) -> None:
        """Make the surfaces of the labels now, in a thread that only reads their array."""
        self._rest.stop()
        if self._making is not None:
            self._again = True
            return
        self._again, layer = False, self._labels()
        placement = None if layer is None else placement_of(layer, self._viewer.dims)
        array = None if layer is None else finest(layer)
        if layer is None or placement is None:
            self._show(None, "There are no labels to show.")
            return
        if not isinstance(array, np.ndarray):
            self._show(None, "Labels that are not in memory are not shown in 3-D.")
            return
        self._made = []
        self._making = threading.Thread(
            target=_make, args=(array[placement.lead], placement, self._made), name="surfaces", daemon=True
        )
        self._making.start()
        self._poll_timer.start()

    def stop(self) -> None:
        """Make nothing more."""
        self._rest.stop()
        self._poll_timer.stop()
        self._making = None

    def moved(self) -> None:
        """Show the cross where it is now."""
        self.update()

    def turn_to(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Look from another side."""
        self._angles = [azimuth_deg, float(np.clip(elevation_deg, -90.0, 90.0))]
        self._picture = None
        self.update()

    def _poll(self) -> None:
        if self._making is None or self._making.is_alive():
            return
        self._poll_timer.stop()
        self._making = None
        solid = self._made[0] if self._made else None
        self._show(solid, "" if solid is not None else "All labels are air.")
        if self._again:
            self.touch()

    def _show(self, solid: Solid | None, note: str) -> None:
        self._solid, self._note, self._picture = solid, note, None
        self.update()

    def sizeHint(self) -> QSize:
        """As large as a plane."""
        return QSize(260, 240)

    def showEvent(self, event: Any) -> None:
        """Make the surfaces when they come in sight."""
        super().showEvent(event)
        if self._again or self._solid is None:
            self.make()

    def resizeEvent(self, event: Any) -> None:
        """Draw anew at the new size."""
        self._picture = None
        super().resizeEvent(event)

    @property
    def _square(self) -> QRectF:
        edge = max(1, min(self.width(), self.height()))
        return QRectF((self.width() - edge) / 2, (self.height() - edge) / 2, edge, edge)

    @property
    def _turn(self) -> NDArray[np.float64]:
        return rotation(*self._angles)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the surfaces, and the cross."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0))
        square, solid = self._square, self._solid
        if solid is None:
            painter.setPen(QColor(160, 160, 160))
            text = self._note or "Making the surfaces…"
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(QRectF(self.rect()), flags, text)
            return
        if self._picture is None:
            largest = _POINT_PIXELS * solid.radius / (1.2 * 0.48 * solid.spacing * self._zoom)
            self._picture = solid_picture(solid, self._turn, max(16, int(min(square.width(), largest))), self._zoom)
        pixels: Any = self._picture.colours
        image = QImage(pixels.data, len(pixels), len(pixels), 4 * len(pixels), QImage.Format.Format_RGB32)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(square, image)
        self._draw_cross(painter, solid)

    def _draw_cross(self, painter: QPainter, solid: Solid) -> None:
        point = np.array(point_of(self._viewer))
        low, high = solid.points.min(axis=0), solid.points.max(axis=0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(CROSS, 1))
        for axis in range(3):
            ends = [point.copy(), point.copy()]
            ends[0][axis], ends[1][axis] = min(low[axis], point[axis]), max(high[axis], point[axis])
            painter.drawLine(self._pixel(solid, ends[0]), self._pixel(solid, ends[1]))

    def _pixel(self, solid: Solid, point: NDArray[np.float64]) -> QPointF:
        square = self._square
        scale = self._zoom * 0.48 * square.width() / solid.radius
        _, down, across = self._turn @ (point - solid.middle) * scale
        middle = square.center()
        return QPointF(middle.x() + float(across), middle.y() + float(down))

    def point_at(self, place: QPointF) -> tuple[float, float, float] | None:
        """World point of the surface under a place of the widget; None beside it."""
        if self._picture is None or self._solid is None:
            return None
        square, nearest = self._square, self._picture.nearest
        row, column = (
            int(part / square.width() * len(nearest)) for part in (place.y() - square.top(), place.x() - square.left())
        )
        if not (0 <= row < len(nearest) and 0 <= column < len(nearest)) or nearest[row, column] < 0:
            return None
        z, y, x = self._solid.points[nearest[row, column]]
        return float(z), float(y), float(x)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin to turn."""
        if event is not None:
            self._press = self._last = event.position()
            self._dragged = False

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Turn."""
        if event is None or self._press is None or self._last is None:
            return
        place = event.position()
        self._dragged = self._dragged or (place - self._press).manhattanLength() >= _CLICK
        if self._dragged:
            step, self._last = place - self._last, place
            self.turn_to(self._angles[0] - step.x() * _DEGREES_A_PIXEL, self._angles[1] + step.y() * _DEGREES_A_PIXEL)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """A press that did not move is a click."""
        if event is not None and self._press is not None and not self._dragged:
            point = self.point_at(event.position())
            if point is not None:
                self.pointed.emit(point)
        self._press = None

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom."""
        if event is not None:
            self._zoom = float(np.clip(self._zoom * 1.0012 ** event.angleDelta().y(), 0.3, 20.0))
            self._picture = None
            event.accept()
            self.update()


def _make(array: NDArray[Any], placement: Placement, made: list[Solid | None]) -> None:
    try:
        surfaces = class_surfaces(array)
        made.append(None if surfaces is None else Solid.of(surfaces, placement))
    except Exception:
        logging.getLogger(__name__).warning("The labels have no surfaces to show in 3-D.", exc_info=True)
