"""PlateLegend: what colours and signs of the plate mean."""

from __future__ import annotations

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QLinearGradient, QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget

from .well_look import LETTERS, probability_colour

_BAR_PX = 90


class PlateLegend(QWidget):
    """A bar of the colours for P(crystals), the letters of the classes, and the signs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        letters = ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
        classes = f"{letters}   \N{BLACK UP-POINTING TRIANGLE} look"
        self.signs = "   \N{CHECK MARK} accepted   … begun   ! broken"
        self.setAccessibleName(f"Colours from dark, no crystals, to bright, crystals. {self.signs}. {classes}")
        self.classes = classes
        self.setToolTip(
            "Colour: the probability of crystals; grey where the image was not classified yet. A triangle: "
            "what stands under the pointer says what to look at."
        )

    def sizeHint(self) -> QSize:
        """Two lines of text."""
        return QSize(200, 2 * self.fontMetrics().height() + 4)

    def paintEvent(self, event: object) -> None:
        """Draw the bar with its ends, and the signs below."""
        painter = QPainter(self)
        line = self.fontMetrics().height()
        painter.setPen(self.palette().windowText().color())
        middle = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        before = self.fontMetrics().horizontalAdvance("P(crystals)  0 ") + 2
        painter.drawText(QRectF(0, 0, before, line), middle, "P(crystals)  0 ")
        bar = QRectF(before, 3, _BAR_PX, line - 5)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for tenth in range(11):
            gradient.setColorAt(tenth / 10, QColor(*probability_colour(tenth / 10)))
        painter.fillRect(bar, gradient)
        painter.drawText(QRectF(bar.right() + 4, 0, self.width(), line), middle, f"1{self.signs}")
        painter.drawText(QRectF(0, line + 2, self.width(), line), middle, self.classes)
        painter.end()
