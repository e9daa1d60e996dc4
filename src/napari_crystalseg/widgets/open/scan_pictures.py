"""A projection and a sinogram, small, beside each other: where the row is, and where the axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from ...scan import Scan
from ..tasks.open.shown_values import picture_of

_ROW = QColor("#f2b134")
_AXIS = QColor("#4c9be8")
_GAP = 8
# A scan of one row would be a line of no height.
_LEAST_HEIGHT = 0.4


class ScanPictures(QWidget):
    """Draws a projection and the sinogram of one row, with Qt alone; a click on the projection chooses the row."""

    row_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._projection: QImage | None = None
        self._sinogram: QImage | None = None
        self._shape = (1, 1)
        self._row = 0
        self._axis: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Projection and sinogram")
        self.setToolTip(
            "Left, the first projection: click to choose the row of the slice. Right, the sinogram of that row, the "
            "first angle on top. Blue: the rotation axis."
        )

    def sizeHint(self) -> QSize:
        """Size of two pictures large enough to tell a crystal."""
        return QSize(330, 118)

    def minimumSizeHint(self) -> QSize:
        """Size below which nothing can be told."""
        return QSize(200, 118)

    def show_scan(self, projection: NDArray[np.uint8] | None, shape: tuple[int, int]) -> None:
        """Show a projection of a detector of ``shape`` (rows, columns); the sinogram of the scan before goes."""
        self._projection = None if projection is None else _image(projection)
        self._sinogram, self._axis, self._shape = None, None, shape
        self.update()

    def show_sinogram(self, sinogram: NDArray[np.uint8]) -> None:
        """Show a sinogram (angle, column)."""
        self._sinogram = _image(sinogram)
        self.update()

    def show_row(self, row: int) -> None:
        """Mark a row of the detector."""
        self._row = row
        self.update()

    def show_axis(self, column_px: float | None) -> None:
        """Mark the rotation axis at a column of the detector; None removes the mark."""
        self._axis = column_px
        self.update()

    def paintEvent(self, event: object) -> None:
        """Draw both pictures and the marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line = painter.fontMetrics().height()
        for title, image, place in (
            ("projection", self._projection, self._place(0)),
            ("sinogram", self._sinogram, self._place(1)),
        ):
            painter.setPen(self.palette().windowText().color())
            above = QRectF(place.left(), 0, place.width(), line)
            painter.drawText(above, Qt.AlignmentFlag.AlignLeft, title if image is not None else f"{title} …")
            if image is None:
                painter.setPen(QPen(self.palette().mid().color()))
                painter.drawRect(place)
                continue
            painter.drawImage(place, image)
            if self._axis is not None:
                across = place.left() + (self._axis + 0.5) / self._shape[1] * place.width()
                painter.setPen(QPen(_AXIS, 1))
                painter.drawLine(QPointF(across, place.top()), QPointF(across, place.bottom()))
        if self._projection is not None:
            place = self._place(0)
            down = place.top() + (self._row + 0.5) / self._shape[0] * place.height()
            painter.setPen(QPen(_ROW, 1))
            painter.drawLine(QPointF(place.left(), down), QPointF(place.right(), down))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Choose the row under the pointer."""
        self._choose(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Go on choosing while the button is down."""
        self._choose(event)

    def _choose(self, event: QMouseEvent | None) -> None:
        place = self._place(0)
        if event is None or self._projection is None or event.position().x() > place.right() + _GAP / 2:
            return
        rows = self._shape[0]
        row = int((event.position().y() - place.top()) / place.height() * rows)
        self.row_chosen.emit(min(max(row, 0), rows - 1))

    def _place(self, number: int) -> QRectF:
        """Where a picture is drawn: the projection in its proportions, as far as it can be told then."""
        line = self.fontMetrics().height()
        width = (self.width() - _GAP) / 2
        height = float(self.height() - line - 2)
        if number == 1:
            return QRectF(width + _GAP, line + 2, width, height)
        rows, columns = self._shape
        high = min(height, max(width * rows / columns, _LEAST_HEIGHT * height))
        wide = min(width, max(high * columns / rows, _LEAST_HEIGHT * width))
        return QRectF(0, line + 2, wide, high)


def projection_picture(scan: Scan) -> NDArray[np.uint8]:
    """Make a small picture of the first projection, divided by a flat; shape (row, column) thinned out."""
    first, flat, dark = (np.asarray(frames[0], np.float32) for frames in (scan.projections, scan.flats, scan.darks))
    light = np.maximum(flat - dark, 1e-3 * max(float(flat.max()), 1e-6))
    return picture_of((first - dark) / light)


def _image(picture: NDArray[np.uint8]) -> QImage:
    picture = np.ascontiguousarray(picture)
    rows, columns = picture.shape
    # A copy, as Qt would go on reading the array's memory.
    return QImage(picture.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
