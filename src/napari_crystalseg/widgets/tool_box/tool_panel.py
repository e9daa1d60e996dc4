"""The panel of the tool that is chosen: its hint, its form, what it proposes, and the buttons that answer it."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ...review.tools.tool import Tool
from ..parts.levels import set_level
from ..parts.stage import note
from .tool_form import ToolForm
from .tool_grid import key_text
from .tool_keys import APPLY_KEY
from .tool_words import ASKS


class ToolPanel(QWidget):
    """Words, fields and buttons of a tool.

    Parameters
    ----------
    apply, cancel : callable
        Called by the buttons.
    """

    def __init__(self, apply: Callable[[], None], cancel: Callable[[], None]) -> None:
        super().__init__()
        self.form: ToolForm | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.title = note()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        column.addWidget(self.title)
        self.hint = note()
        column.addWidget(self.hint)
        self._form_place = QVBoxLayout()
        column.addLayout(self._form_place)
        self.said = note()
        column.addWidget(self.said)
        line = QHBoxLayout()
        self.apply_button = QPushButton(f"Apply ({APPLY_KEY})")
        self.apply_button.setToolTip("Make this change; Undo takes it back.")
        self.apply_button.clicked.connect(apply)
        self.cancel_button = QPushButton("Cancel (Esc)")
        self.cancel_button.setToolTip("Drop the proposal, and put the tool away.")
        self.cancel_button.clicked.connect(cancel)
        line.addWidget(self.apply_button)
        line.addWidget(self.cancel_button)
        column.addLayout(line)
        # For the keyboard, once the button that was pressed makes way.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setVisible(False)

    def show_form(self, tool: type[Tool], changed: Callable[[], None]) -> None:
        """Show the fields of a tool; a change of one is told."""
        self.clear_form()
        self.form = ToolForm(tool, changed)
        box = QWidget()
        box.setLayout(self.form.rows)
        # Fields are not squeezed where room is scarce: the stage scrolls.
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._form_place.addWidget(box)

    def clear_form(self) -> None:
        """Take the fields away."""
        self.form = None
        while self._form_place.count():
            item = self._form_place.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()

    def show_words(self, tool: type[Tool]) -> None:
        """Show what a tool is called, does, and asks of the hand."""
        self.title.setText(f"{tool.title} ({key_text(tool.key)})" if tool.key else tool.title)
        self.hint.setText(f"{tool.hint} {ASKS[tool.needs]}".strip())

    def say(self, text: str, wrong: bool = False) -> None:
        """Show what the tool proposes, or why it does not."""
        set_level(self.said, "warning" if wrong else None)
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def bring_into_view(self) -> None:
        """Scroll to the form and its buttons: a key of the canvas may have called for them."""
        area: QWidget | None = self if self.isVisible() else None
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if isinstance(area, QScrollArea):
            area.ensureWidgetVisible(self)
