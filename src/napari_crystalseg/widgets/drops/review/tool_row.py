"""ToolRow: what the mouse does in the image of a drop."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from .drop_layers import CRYSTAL_LABELS, DROP_LABELS, POINT

_TOOLS = (
    ("Paint crystal", CRYSTAL_LABELS, "paint", "Paint a new crystal. To go on with one, pick it first (L over it)."),
    ("Erase", CRYSTAL_LABELS, "erase", "Erase crystals."),
    ("Paint drop", DROP_LABELS, "paint", "Paint the drop, whose edge is shown."),
    ("Move point", POINT, "select", "Drag the dispensing point."),
)


class ToolRow(QWidget):
    """A button for each tool.

    Attributes
    ----------
    taken : Signal
        Sent with the layer and its mode.
    """

    taken = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self.buttons: dict[str, QPushButton] = {}
        for title, layer, mode, tip in _TOOLS:
            button = QPushButton(title)
            button.setToolTip(tip)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self._pressed, layer, mode))
            self.buttons[title] = button
            line.addWidget(button)

    def _pressed(self, layer: str, mode: str, checked: bool = False) -> None:
        self.taken.emit(layer, mode)
