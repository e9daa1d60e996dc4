"""The tools as buttons, each with its key."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from ...review.tools.tool import Tool
from ...review.tools.tools import TOOLS

_COLUMNS = 3


class ToolGrid(QWidget):
    """One button a tool of :data:`~napari_crystalseg.review.tools.tools.TOOLS`.

    Parameters
    ----------
    chosen : callable
        Called with the tool whose button was pressed.
    """

    def __init__(self, chosen: Callable[[type[Tool]], None]) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.buttons: dict[type[Tool], QPushButton] = {}
        for number, tool in enumerate(TOOLS):
            button = QPushButton(f"{tool.title}\n{key_text(tool.key)}" if tool.key else tool.title)
            button.setStyleSheet("padding: 1px 2px;")
            button.setToolTip(f"{tool.hint} ({key_text(tool.key)})" if tool.key else tool.hint)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            button.clicked.connect(lambda checked=False, tool=tool: chosen(tool))
            layout.addWidget(button, number // _COLUMNS, number % _COLUMNS)
            self.buttons[tool] = button
        for column in range(_COLUMNS):
            layout.setColumnStretch(column, 1)


def key_text(key: str) -> str:
    """Return a key of napari as it stands on buttons."""
    return key.replace("-", "+")
