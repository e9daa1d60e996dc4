"""Lines to run in another program, to copy."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtWidgets import QGridLayout, QGroupBox, QLabel, QLineEdit, QPushButton, QWidget


class CommandLines(QGroupBox):
    """Shows commands in read-only fields, each with a button that copies it; hidden while there are none.

    Parameters
    ----------
    title : str
        Title of the box.
    names : sequence of str
        What each command is for.
    """

    def __init__(self, title: str, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(6, 4, 6, 4)
        grid.setSpacing(4)
        self.fields: list[QLineEdit] = []
        self.copy_buttons: list[QPushButton] = []
        for row, name in enumerate(names):
            field = QLineEdit()
            field.setReadOnly(True)
            button = QPushButton("Copy")
            button.setToolTip("Copy this line, to paste it into a terminal.")
            button.clicked.connect(lambda checked=False, one=field: _copy(one.text()))
            grid.addWidget(QLabel(name), 2 * row, 0, 1, 2)
            grid.addWidget(field, 2 * row + 1, 0)
            grid.addWidget(button, 2 * row + 1, 1)
            self.fields.append(field)
            self.copy_buttons.append(button)
        self.show_commands(())

    def show_commands(self, commands: Sequence[str]) -> None:
        """Show commands, one for each name; none hides the box."""
        self.setVisible(bool(commands))
        for field, command in zip(self.fields, commands, strict=False):
            field.setText(command)
            field.setToolTip(command)
            field.setCursorPosition(0)


def _copy(text: str) -> None:
    from qtpy.QtWidgets import QApplication

    clipboard = QApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)
