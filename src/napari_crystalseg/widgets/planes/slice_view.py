"""One plane to look at, to click in and to paint on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

from ...errors import InputError
from .brush import PAINTING, Stroke, voxel_in
from .cross import point_of
from .picture.lazy_planes import LazyPlanes
from .picture.placement import placement_of
from .picture.plane import AXES, DOWN_AND_ACROSS, Plane
from .picture.slice_picture import slice_picture
from .sight import Sight

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer

CROSS = QColor(240, 228, 66, 190)
_GAP, _CLICK = 7, 4
"""Pixels about the middle of the cross that stay free, and that a click may slip."""
_CANVAS_MS = 120
"""Between two redraws of napari's canvas while a stroke is drawn here; in software they take tens of ms."""
_ZOOM_A_NOTCH = 1.15


class SliceView(QWidget):
    """A plane through the visible volumes and labels of a viewer, with a cross at the point that all views show.

    Signals: ``pointed`` at a world point to go to, ``hovered`` over one (None when the pointer leaves), ``scrolled``
    along an axis by so many slices, ``moved`` the shared sight, ``painted`` a part of a stroke (True at its end),
    ``refused`` to paint.
    """

    pointed = Signal(object)
    hovered = Signal(object)
    scrolled = Signal(int, int)
    moved = Signal()
    painted = Signal(bool)
    refused = Signal(str)

    def __init__(self, axis: int, viewer: ViewerModel, sight: Sight, lazy: LazyPlanes) -> None:
        super().__init__()
        self.axis = axis
        self._viewer, self._sight, self._lazy = viewer, sight, lazy
        self._picture: Any = None
        self._stale = True
        self._press: QPointF | None = None
        self._last: QPointF | None = None
        self._over: QPointF | None = None
        self._dragged = self._panning = self._pointing = False
        self._stroke: Stroke | None = None
        self._stroke_on: Any = None
        self._canvas_told = 0.0
        self._wheel = 0
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(80, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        down, across = (AXES[one] for one in DOWN_AND_ACROSS[axis])
        self.setAccessibleName(f"Plane normal to {AXES[axis]}: {down} down, {across} across")
        self.setToolTip(
            f"{down} down, {across} across. Click: all views go there (right click with a brush). Wheel: zoom, "
            "Ctrl + wheel: slices, drag: move. The brush paints here as in the canvas."
        )

    @property
    def plane(self) -> Plane:
        """Plane and pixels as they are shown."""
        size = max(1, self.height()), max(1, self.width())
        return Plane(self.axis, point_of(self._viewer), self._sight.centre, self._sight.zoom, size)

    @property
    def is_painting(self) -> bool:
        """Whether a stroke is being drawn here."""
        return self._stroke is not None

    def refresh(self) -> None:
        """Draw the plane anew at the next turn of the event loop."""
        self._stale = True
        self.update()

    def end_stroke(self) -> None:
        """Lift the brush, if it is down."""
        stroke, self._stroke = self._stroke, None
        if stroke is not None:
            stroke.end()
            if stroke.layer in self._viewer.layers:
                stroke.layer.refresh()
            self.painted.emit(True)

    def sizeHint(self) -> QSize:
        """A square that three of fit beside each other."""
        return QSize(260, 240)

    def resizeEvent(self, event: Any) -> None:
        """Draw anew at the new size."""
        self._stale = True
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw plane, cross, heading and brush."""
        plane = self.plane
        if self._stale or self._picture is None:
            self._picture = slice_picture(self._viewer, plane, self._lazy)
            self._stale = False
        height, width = self._picture.shape[:2]
        painter = QPainter(self)
        image: Any = QImage(self._picture.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        painter.drawImage(0, 0, image)
        draw_cross(painter, plane.pixel(plane.point), QRectF(self.rect()))
        self._draw_heading(painter, plane)
        self._draw_brush(painter)

    def _draw_heading(self, painter: QPainter, plane: Plane) -> None:
        text = f"{AXES[self.axis]} = {plane.point[self.axis]:.4g}"
        area = QRectF(4, 2, self.width() - 8, painter.fontMetrics().height() + 2)
        painter.setPen(QColor(0, 0, 0))
        painter.drawText(area.translated(1, 1), Qt.AlignmentFlag.AlignLeft, text)
        painter.setPen(CROSS)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft, text)

    def _draw_brush(self, painter: QPainter) -> None:
        layer = self._brush()
        if self._over is None or layer is None or str(layer.mode) not in ("paint", "erase"):
            return
        placement = placement_of(layer, self._viewer.dims)
        if placement is None:
            return
        edges = np.linalg.norm(np.linalg.inv(placement.matrix), axis=0)
        radius = layer.brush_size / 2 * float(edges.min()) * self._sight.zoom
        painter.setPen(QPen(QColor(255, 255, 255, 200), 1))
        painter.drawEllipse(self._over, radius, radius)

    def _brush(self) -> LabelsLayer | None:
        """Labels that are chosen in the layer list, if a brush is taken to them."""
        from napari.layers import Labels

        layer = self._viewer.layers.selection.active
        return layer if isinstance(layer, Labels) and layer.ndim >= 3 and str(layer.mode) in PAINTING else None

    def world(self, place: QPointF) -> tuple[float, float, float]:
        """World point under a place of the widget."""
        return self.plane.world(place.y(), place.x())

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin a stroke, a move of the picture, or a move of the cross."""
        if event is None:
            return
        place, button = event.position(), event.button()
        self._press = self._last = place
        self._dragged = self._panning = self._pointing = False
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if button == Qt.MouseButton.MiddleButton:
            self._panning = True
        elif button == Qt.MouseButton.RightButton or shift:
            self._pointing = True
            self.pointed.emit(self.world(place))
        elif button == Qt.MouseButton.LeftButton:
            if (layer := self._brush()) is not None:
                self._begin_stroke(layer, place)
            else:
                self._panning = True

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Go on with what was begun, and tell what is under the pointer."""
        if event is None:
            return
        place = event.position()
        self._over = place
        last, self._last = self._last, place
        if self._stroke is not None:
            self._draw_to(place)
        elif self._press is not None and last is not None and self._panning:
            self._dragged = self._dragged or (place - self._press).manhattanLength() >= _CLICK
            if self._dragged:
                self._sight.pan(self.axis, place.y() - last.y(), place.x() - last.x())
                self.moved.emit()
        elif self._pointing or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pointed.emit(self.world(place))
        self.hovered.emit(self.world(place))
        if self._brush() is not None:
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End it; a press that did not move is a click, and all views go there."""
        if event is None:
            return
        if self._stroke is not None:
            self.end_stroke()
            self.pointed.emit(self.world(event.position()))
        elif self._panning and not self._dragged and event.button() == Qt.MouseButton.LeftButton:
            self.pointed.emit(self.world(event.position()))
        self._press = None
        self._panning = self._pointing = False

    def leaveEvent(self, event: Any) -> None:
        """Nothing is under the pointer any more."""
        self._over = None
        self.hovered.emit(None)
        self.update()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom about the pointer, or with Ctrl go through the slices, as napari's canvas does."""
        if event is None:
            return
        self._wheel += event.angleDelta().y() or event.angleDelta().x()
        notches, self._wheel = int(self._wheel / 120), int(np.fmod(self._wheel, 120))
        event.accept()
        if not notches:
            return
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            self.scrolled.emit(self.axis, notches)
        else:
            self._sight.zoom_by(_ZOOM_A_NOTCH**notches, self.world(event.position()), self.axis)
            self.moved.emit()

    def _begin_stroke(self, layer: LabelsLayer, place: QPointF) -> None:
        placement = placement_of(layer, self._viewer.dims)
        if placement is None:
            self.refused.emit(f"'{layer.name}' has no place in this plane.")
            return
        axes = placement.axes
        try:
            self._stroke = Stroke(layer, None if axes is None else axes[self.axis])
        except InputError as error:
            self.refused.emit(str(error))
            return
        self._stroke_on, self._canvas_told = placement, 0.0
        self._draw_to(place)

    def _draw_to(self, place: QPointF) -> None:
        stroke = self._stroke
        assert stroke is not None
        now = time.monotonic()
        tell_canvas = now - self._canvas_told > _CANVAS_MS / 1000 and self._canvas_told > 0
        try:
            stroke.to(voxel_in(stroke.layer, self._stroke_on, self.world(place)), refresh=tell_canvas)
        except InputError as error:
            self.end_stroke()
            self.refused.emit(str(error))
            return
        if tell_canvas or not self._canvas_told:
            self._canvas_told = now
        self._lazy.forget(stroke.layer.data)
        self.refresh()
        self.painted.emit(False)


def draw_cross(painter: QPainter, at: tuple[float, float], area: QRectF) -> None:
    """Draw a cross over an area, free about its middle (down, across)."""
    down, across = at
    painter.setPen(QPen(CROSS, 1))
    if area.left() <= across <= area.right():
        painter.drawLine(QPointF(across, area.top()), QPointF(across, down - _GAP))
        painter.drawLine(QPointF(across, down + _GAP), QPointF(across, area.bottom()))
    if area.top() <= down <= area.bottom():
        painter.drawLine(QPointF(area.left(), down), QPointF(across - _GAP, down))
        painter.drawLine(QPointF(across + _GAP, down), QPointF(area.right(), down))
