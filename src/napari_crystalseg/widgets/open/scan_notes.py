"""What was found in a scan, and what helps where it was refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ...judgement.finding import Level
from ..parts.dock_words import in_dock_words
from ..parts.levels import SIGNS, set_level
from ..parts.stage import note

GO_ON, ALONG_ROWS = "Go on all the same", "Axis along the rows"
_BUTTONS = (
    (re.compile(r"give --axis rows( to turn the frames)?"), f"press '{ALONG_ROWS}'"),
    (re.compile(r"(give )?--force( to go on all the same)?"), f"press '{GO_ON}'"),
)


class ScanNotes(QWidget):
    """The findings of a reconstruction, or why there is none, with a button for each way on that the refusal names.

    Parameters
    ----------
    make_button : callable
        ``make_button(text, action, tip)`` as :meth:`.stage.Stage.button`.
    go_on, along_rows : callable
        Reconstruct in spite of what was found, or with rows and columns exchanged.
    """

    def __init__(
        self, make_button: Callable[..., Any], reconstruct_anyway: Callable[[], None], along_rows: Callable[[], None]
    ) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.label = note()
        column.addWidget(self.label)
        self.go_on_button = make_button(
            GO_ON,
            reconstruct_anyway,
            "Reconstruct in spite of what was found; the volume's record and the report say so.",
        )
        self.rows_button = make_button(
            ALONG_ROWS, along_rows, "Exchange rows and columns of the frames ('axis along' in the options)."
        )
        line = QHBoxLayout()
        for button in (self.rows_button, self.go_on_button):
            line.addWidget(button)
        column.addLayout(line)
        self.show_text("")

    def text(self) -> str:
        """What is shown."""
        return self.label.text()

    def show_text(self, text: str, level: Level | None = None) -> None:
        """Show what was found; hidden where that is nothing."""
        self.label.setText(f"{SIGNS[level]} {text}" if level and text else text)
        set_level(self.label, level)
        self.go_on_button.setVisible(False)
        self.rows_button.setVisible(False)
        self.setVisible(bool(text))

    def show_refusal(self, text: str) -> None:
        """Show why a scan was not reconstructed, and the ways on that the sentence names."""
        self.show_text(_by_buttons(text), "problem")
        self.go_on_button.setVisible("--force" in text)
        self.rows_button.setVisible("--axis rows" in text)


def _by_buttons(text: str) -> str:
    for option, words in _BUTTONS:
        text = option.sub(words, text)
    return in_dock_words(text)
