"""The button that accepts labels, and where their stamp lies."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ...errors import CrystalSegError, InputError
from ..parts.stage import Desk, note
from ..session.label_findings import label_findings
from .acceptance_facts import acceptance_facts
from .review_keeper import ReviewKeeper
from .saved_line import SavedLine


class AcceptBox(QWidget):
    """Accepts the labels that are worked on, and shows when they were saved and the time spent.

    Its button is for whoever lays out the stage: it is to be in sight always.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    keeper : ReviewKeeper
        Keeps the review.
    """

    accepted = Signal()
    """The labels were accepted."""

    def __init__(self, desk: Desk, keeper: ReviewKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._keeper = desk, keeper
        self.button = QPushButton("&Accept the labels")
        self.button.setMinimumHeight(36)
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self.accept)
        self.button.setToolTip(
            "Write the labels, what was corrected in them, and a stamp that says how, beside the data."
        )
        self.line = SavedLine(keeper)
        self.where = note()
        self.where.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.line)
        column.addWidget(self.where)
        keeper.changed.connect(self._show)
        desk.connections.add(desk.session.events.busy, self._show)
        self._show()

    def accept(self) -> None:
        """Accept the labels; what is wrong is said in the foot."""
        session, bar = self._desk.session, self._desk.bar
        bar.forget_warning()
        try:
            if problems := label_findings(session):
                raise InputError(problems[0])
            kept = self._keeper.kept
            if kept is None:
                raise InputError("There are no labels to accept that can be edited in place: segment a volume first.")
            self._keeper.accept(acceptance_facts(session, kept.seen), self._accepted)
        except CrystalSegError as error:
            bar.warn(str(error))
            return
        bar.say("Accepting the labels …")

    def _accepted(self, stamp: Path) -> None:
        self._desk.bar.say(f"Accepted. Labels and stamp lie in {stamp.parent.name}. Next: Export.")
        self._show()
        self.accepted.emit()

    def _show(self, value: object = None) -> None:
        kept = self._keeper.kept
        self.button.setEnabled(kept is not None and not self._desk.session.busy)
        accepted = kept is not None and kept.is_accepted and kept.path is not None
        self.where.setVisible(accepted)
        if accepted and kept is not None:
            self.where.setText(f"Accepted: corrected.zarr and accepted.json in {kept.path}.")
