"""A line that says when the review was saved, and the time spent."""

from __future__ import annotations

from qtpy.QtCore import QTimer
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QLabel, QWidget

from ..parts.levels import set_level
from .review_keeper import ReviewKeeper

_EVERY_MS = 5000


class SavedLine(QLabel):
    """Shows :attr:`ReviewKeeper.line`, such as "saved 14:32 · 1 min 40 s spent"."""

    def __init__(self, keeper: ReviewKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self.setWordWrap(True)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.show_line)
        keeper.changed.connect(self.show_line)
        self.show_line()

    def show_line(self) -> None:
        """Say it as it is now."""
        kept = self._keeper.kept
        self.setText(self._keeper.line)
        where = "" if kept is None or kept.path is None else f"The review lies in {kept.path}."
        self.setToolTip(where if kept is None or not kept.trouble else kept.trouble)
        set_level(self, "warning" if kept is not None and kept.trouble else None)

    def showEvent(self, event: QShowEvent | None) -> None:
        """Count the seconds while it is seen."""
        super().showEvent(event)
        self.show_line()
        self._timer.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Rest while it is not."""
        super().hideEvent(event)
        self._timer.stop()
