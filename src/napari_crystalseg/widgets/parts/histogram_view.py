"""A histogram drawn by Qt alone, because Matplotlib takes a second to import."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

_BAR = QColor("#4c9be8")
_OUTLINE = QColor("#ff7f6e")
_MEAN = QColor("#f2b134")
# Text and lines of the same kinds where the window is light.
_DARKER = {_BAR.name(): QColor("#1d5c9c"), _OUTLINE.name(): QColor("#a63a2a"), _MEAN.name(): QColor("#7a4700")}


def ticks(low: float, high: float, about: int = 5) -> Iterator[float]:
    """Round numbers between ``low`` and ``high``, about ``about`` of them."""
    raw = (high - low) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = min((1.0, 2.0, 5.0, 10.0), key=lambda factor: abs(factor * power - raw)) * power
    first = int(np.ceil(low / step - 1e-9))
    for index in range(first, int(np.floor(high / step + 1e-9)) + 1):
        yield index * step


class HistogramView(QWidget):
    """Histogram of values with their mean, or of two sets of values over each other; empty until it is given some.

    Parameters
    ----------
    title : str
        What the values are.
    empty : str
        Shown while there are none.
    logarithmic : bool
        Draw the logarithm of the counts, so that what is rare is seen beside what is common.
    """

    def __init__(self, title: str, empty: str, parent: QWidget | None = None, logarithmic: bool = False) -> None:
        super().__init__(parent)
        self._logarithmic = logarithmic
        self._title = title
        self._empty = empty
        self._heights: list[NDArray[np.int64]] = []
        self._edges: NDArray[np.float64] = np.zeros(0)
        self._means: list[float] = []
        self._names = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    def sizeHint(self) -> QSize:
        """Size that shows some thirty bars, their axis and two lines above."""
        return QSize(320, 150)

    def minimumSizeHint(self) -> QSize:
        """Size below which the numbers would overlap."""
        return QSize(200, 110)

    def show_values(
        self, values: ArrayLike | None, other: ArrayLike | None = None, names: tuple[str, str] = ("", "")
    ) -> None:
        """Draw the finite values; None or nothing finite empties the plot.

        Parameters
        ----------
        values : array_like, any shape, or None
            Drawn as bars.
        other : array_like, any shape, or None
            A second set, drawn as an outline over the bars, in the same bins.
        names : (str, str)
            What the two sets are called, where there are two.
        """
        sets = [_finite(values)] + ([] if other is None else [_finite(other)])
        self._names = names
        if any(one.size == 0 for one in sets):
            self._heights, self._means = [], []
        else:
            low, high = min(float(one.min()) for one in sets), max(float(one.max()) for one in sets)
            if high - low < 1e-6:
                low, high = low - 0.005, high + 0.005
            bins = int(np.clip(np.sqrt(sets[0].size), 8, 36))
            self._edges = np.linspace(low, high, bins + 1)
            self._heights = [np.histogram(one, self._edges)[0] for one in sets]
            self._means = [float(one.mean()) for one in sets]
        self.update()

    def paintEvent(self, event: object) -> None:
        """Draw bars, outline, axis, means and legend in the colours of the window's theme."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().windowText().color()
        painter.setPen(text)
        if not self._heights:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty)
            return
        line = painter.fontMetrics().height()
        above = len(self._heights) * line + 4
        plot = QRectF(10, above, self.width() - 20, self.height() - above - line - 8)
        low, high = float(self._edges[0]), float(self._edges[-1])
        most = self._drawn(max(float(heights.max()) for heights in self._heights))

        def across(value: float) -> float:
            return plot.left() + (value - low) / (high - low) * plot.width()

        def up(count: float) -> float:
            return plot.bottom() - self._drawn(count) / most * plot.height()

        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BAR)
        for count, left, right in zip(self._heights[0], self._edges, self._edges[1:], strict=False):
            bar = QRectF(across(left) + 0.5, up(count), across(right) - across(left) - 1, plot.bottom() - up(count))
            painter.drawRect(bar)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(self._heights) == 2:
            steps = QPolygonF([plot.bottomLeft()])
            for count, left, right in zip(self._heights[1], self._edges, self._edges[1:], strict=False):
                steps.append(QPointF(across(left), up(count)))
                steps.append(QPointF(across(right), up(count)))
            steps.append(plot.bottomRight())
            painter.setPen(QPen(_OUTLINE, 2))
            painter.drawPolyline(steps)
        self._draw_axis(painter, plot, text, across)
        colours = [self._read(_MEAN)] if len(self._means) == 1 else [self._read(_BAR), self._read(_OUTLINE)]
        for mean, colour in zip(self._means, colours, strict=True):
            painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine if len(colours) == 1 else Qt.PenStyle.DashLine))
            painter.drawLine(int(across(mean)), int(plot.top()), int(across(mean)), int(plot.bottom()))
        self._draw_legend(painter, text)

    def _read(self, colour: QColor) -> QColor:
        """A colour as it can be read on the window: lighter on a dark one, darker on a light one."""
        on_light = self.palette().windowText().color().lightness() < 128
        return _DARKER[colour.name()] if on_light else colour.lighter(120)

    def _drawn(self, count: float) -> float:
        return float(np.log1p(count)) if self._logarithmic else float(count)

    def _draw_axis(self, painter: QPainter, plot: QRectF, text: QColor, across: Callable[[float], float]) -> None:
        line = painter.fontMetrics().height()
        painter.setPen(QPen(text, 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        values = list(ticks(float(self._edges[0]), float(self._edges[-1]), max(2, int(plot.width() / 70))))
        digits = 2 if len(values) < 2 else max(0, -int(np.floor(np.log10(values[1] - values[0]) + 1e-9)))
        for value in values:
            at = across(value)
            painter.drawLine(int(at), int(plot.bottom()), int(at), int(plot.bottom()) + 3)
            box = QRectF(min(max(at - 35, 0), self.width() - 70), plot.bottom() + 4, 70, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{value:.{digits}f}")

    def _draw_legend(self, painter: QPainter, text: QColor) -> None:
        line = painter.fontMetrics().height()
        top = QRectF(10, 0, self.width() - 20, line + 2)
        painter.setPen(text)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, self._title)
        if len(self._means) == 1:
            painter.setPen(self._read(_MEAN))
            painter.drawText(top, Qt.AlignmentFlag.AlignRight, f"mean {self._means[0]:.4f}")
            return
        second = top.translated(0, line)
        entries = zip(self._names, self._means, (_BAR, _OUTLINE), ("AlignLeft", "AlignRight"), strict=True)
        for name, mean, colour, side in entries:
            painter.setPen(self._read(colour))
            mark = "\N{BLACK SQUARE}" if colour is _BAR else "\N{WHITE SQUARE}"
            painter.drawText(second, getattr(Qt.AlignmentFlag, side), f"{mark} {name}, mean {mean:.4f}")


def _finite(values: ArrayLike | None) -> NDArray[np.float64]:
    found = np.asarray([] if values is None else values, dtype=np.float64)
    return found[np.isfinite(found)]
