"""A histogram drawn by Qt alone, because Matplotlib takes a second to import."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

_BAR = QColor("#4c9be8")
_MEAN = QColor("#f2b134")


def ticks(low: float, high: float, about: int = 5) -> Iterator[float]:
    """Round numbers between ``low`` and ``high``, about ``about`` of them."""
    raw = (high - low) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = min((1.0, 2.0, 5.0, 10.0), key=lambda factor: abs(factor * power - raw)) * power
    first = int(np.ceil(low / step - 1e-9))
    for index in range(first, int(np.floor(high / step + 1e-9)) + 1):
        yield index * step


class Histogram(QWidget):
    """Histogram of values with their mean; empty until it is given some."""

    def __init__(self, title: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._empty = empty
        self._heights: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._edges: NDArray[np.float64] = np.zeros(0)
        self._mean = float("nan")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    def sizeHint(self) -> QSize:
        """Size that shows some thirty bars and their axis."""
        return QSize(320, 130)

    def minimumSizeHint(self) -> QSize:
        """Size below which the numbers would overlap."""
        return QSize(200, 110)

    def show_values(self, values: ArrayLike | None) -> None:
        """Draw the finite values among ``values``; None or nothing finite empties the plot."""
        finite = np.asarray([] if values is None else values, dtype=np.float64)
        finite = finite[np.isfinite(finite)]
        if finite.size == 0:
            self._heights = np.zeros(0, dtype=np.int64)
        else:
            low, high = float(finite.min()), float(finite.max())
            if high - low < 1e-6:
                low, high = low - 0.005, high + 0.005
            bins = int(np.clip(np.sqrt(finite.size), 8, 36))
            self._heights, self._edges = np.histogram(finite, bins=bins, range=(low, high))
            self._mean = float(finite.mean())
        self.update()

    def paintEvent(self, event: object) -> None:
        """Draw bars, axis and mean in the colours of the window's theme."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().windowText().color()
        painter.setPen(text)
        if not self._heights.size:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
            return
        line = painter.fontMetrics().height()
        plot = QRectF(10, line + 4, self.width() - 20, self.height() - 2 * line - 12)
        low, high = float(self._edges[0]), float(self._edges[-1])

        def across(value: float) -> float:
            return plot.left() + (value - low) / (high - low) * plot.width()

        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BAR)
        for count, left, right in zip(self._heights, self._edges, self._edges[1:], strict=False):
            height = float(count) / float(self._heights.max()) * plot.height()
            bar = QRectF(across(left) + 0.5, plot.bottom() - height, across(right) - across(left) - 1, height)
            painter.drawRect(bar)
        painter.setPen(QPen(text, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        values = list(ticks(low, high, max(2, int(plot.width() / 70))))
        digits = 2 if len(values) < 2 else max(0, -int(np.floor(np.log10(values[1] - values[0]) + 1e-9)))
        for value in values:
            at = across(value)
            painter.drawLine(int(at), int(plot.bottom()), int(at), int(plot.bottom()) + 3)
            box = QRectF(min(max(at - 35, 0), self.width() - 70), plot.bottom() + 4, 70, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{value:.{digits}f}")
        painter.setPen(QPen(_MEAN, 2))
        at = across(self._mean)
        painter.drawLine(int(at), int(plot.top()), int(at), int(plot.bottom()))
        painter.setPen(text)
        top = QRectF(10, 0, self.width() - 20, line + 2)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, self._title)
        painter.setPen(_MEAN)
        painter.drawText(top, Qt.AlignmentFlag.AlignRight, f"mean {self._mean:.4f}")
