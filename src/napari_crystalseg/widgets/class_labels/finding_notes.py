"""What a physicist would doubt of the labels, in a line each; hidden while there is nothing."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...judgement.finding import worst_first, worst_level
from ..parts.levels import SIGNS, set_level
from ..parts.stage import Desk, note


class FindingNotes(QWidget):
    """Shows the doubts among ``session.findings``.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._session = desk.session
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.text = note()
        column.addWidget(self.text)
        desk.connections.add(desk.session.events.findings, self._show)
        self._show()

    def _show(self, value: Any = None) -> None:
        doubts = [finding for finding in worst_first(self._session.findings or ()) if finding.level != "good"]
        self.text.setText("\n".join(f"{SIGNS[finding.level]} {finding.text}" for finding in doubts))
        set_level(self.text, worst_level(doubts))
        self.setVisible(bool(doubts))
