"""Legend of the map of where edits matter: its colours, and what they mean."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QLinearGradient, QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget


class SensitivityLegend(QWidget):
    """A bar from dark to bright, with the change of mean A that a voxel is worth; hidden until it is given one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours: list[QColor] = []
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVisible(False)

    def sizeHint(self) -> QSize:
        """One line of text."""
        return QSize(200, self.fontMetrics().height() + 4)

    def show_range(self, colormap: object, bright_ppm: float | None) -> None:
        """Show colours and what the brightest stands for, ppm of mean A a voxel; None hides the legend."""
        self.setVisible(bright_ppm is not None)
        if bright_ppm is None:
            return
        colours = np.asarray(colormap.map(np.linspace(0.0, 1.0, 8)))  # type: ignore[attr-defined]
        self._colours = [QColor.fromRgbF(*(float(part) for part in colour[:3])) for colour in colours]
        self.text = f"0 … {bright_ppm:.3g} ppm of A a voxel"
        self.setToolTip("By how much mean A changes if a voxel takes its neighbours' label.")
        self.setAccessibleName(self.text)
        self.update()

    def paintEvent(self, event: object) -> None:
        """Draw the bar, and the text beside it."""
        painter = QPainter(self)
        text = self.fontMetrics().horizontalAdvance(self.text) + 8
        bar = QRectF(0, 3, max(20, self.width() - text), self.height() - 6)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, colour in enumerate(self._colours):
            gradient.setColorAt(place / max(1, len(self._colours) - 1), colour)
        painter.fillRect(bar, gradient)
        painter.setPen(self.palette().windowText().color())
        beside = QRectF(bar.right() + 6, 0, text, self.height())
        painter.drawText(beside, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), self.text)
