"""The table of places: a picture, what is at stake, and a tick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from ...labels import Material
from ...review.session.review_state import Verdict
from ..session.place_review import PlaceReview
from .thumbnail import SIDE_PX, thumbnail

_WORDS = {Verdict.RIGHT: "right", Verdict.MENDED: "mended", Verdict.SKIPPED: "skipped"}
_PICTURE, _REASON, _AT_STAKE = range(3)


class PlaceTable(QTableWidget):
    """One row a place, worst first; a click goes there, and its box ticks it.

    Parameters
    ----------
    chosen : callable
        Called with the number of a row that was clicked, or gone to by the keyboard.
    ticked : callable
        Called with the number of a row and whether its box was ticked.
    """

    def __init__(self, chosen: Callable[[int], None], ticked: Callable[[int, bool], None]) -> None:
        super().__init__(0, 3)
        self._chosen, self._ticked = chosen, ticked
        self._shown: Any = None
        self.setHorizontalHeaderLabels(["", "place", "at stake"])
        self.setIconSize(QSize(SIDE_PX, SIDE_PX))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Places to look at, worst first")
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None and columns is not None
        rows.setVisible(False)
        rows.setDefaultSectionSize(SIDE_PX + 4)
        columns.setSectionResizeMode(_PICTURE, QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(_REASON, QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(_AT_STAKE, QHeaderView.ResizeMode.ResizeToContents)
        self.currentCellChanged.connect(self._gone_to)
        self.itemChanged.connect(self._changed)

    def show_places(self, review: PlaceReview | None, labels: Any, values: Any = None) -> None:
        """Show the places of a review, or none.

        Parameters
        ----------
        review : PlaceReview or None
            Places and ticks.
        labels : array-like of integer, shape (z, y, x), or None
            Labels for the pictures.
        values : array-like, shape (z, y, x), optional
            Voxel values for the pictures.
        """
        blocked = self.blockSignals(True)
        try:
            places = None if review is None else review.places.places
            if places is not self._shown:
                self._shown = places
                self._fill(review, labels, values)
            if review is not None:
                for row in range(self.rowCount()):
                    self._show_tick(row, review)
                if review.at is not None:
                    self.setCurrentCell(review.at, _REASON)
                    self.scrollToItem(self.item(review.at, _REASON))
        finally:
            self.blockSignals(blocked)

    def _fill(self, review: PlaceReview | None, labels: Any, values: Any) -> None:
        self.setRowCount(0 if review is None else len(review.places))
        if review is None:
            return
        for row, place in enumerate(review.places.places):
            picture = QTableWidgetItem()
            if labels is not None:
                picture.setIcon(QIcon(thumbnail(place, labels, values)))
            self.setItem(row, _PICTURE, picture)
            was = Material(place.from_label).title
            may_be = "unknown" if place.to_label is None else Material(place.to_label).title
            text = QTableWidgetItem(f"{place.reason}\n{was} → {may_be}?")
            text.setFlags(text.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            text.setCheckState(Qt.CheckState.Unchecked)
            text.setToolTip(
                f"{place.volume_um3:.3g} µm³ of {was}. Wrong with a probability of {place.doubt:.0%}; if it were "
                f"{may_be}, A would change by {place.effect_percent:.2g} % in the mean."
            )
            self.setItem(row, _REASON, text)
            stake = QTableWidgetItem(percent_text(place.at_stake_percent))
            stake.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, _AT_STAKE, stake)

    def _show_tick(self, row: int, review: PlaceReview) -> None:
        text, stake = self.item(row, _REASON), self.item(row, _AT_STAKE)
        assert text is not None and stake is not None
        done = row in review.places.done
        text.setCheckState(Qt.CheckState.Checked if done else Qt.CheckState.Unchecked)
        place, verdict = review.places.places[row], review.verdicts.get(row)
        words = percent_text(place.at_stake_percent)
        stake.setText(words if verdict is None else f"{words}\n{_WORDS[verdict]}")
        for item in (text, stake):
            font = item.font()
            font.setStrikeOut(done)
            item.setFont(font)

    def _gone_to(self, row: int, column: int, *before: int) -> None:
        if row >= 0:
            self._chosen(row)

    def _changed(self, item: QTableWidgetItem) -> None:
        if item.column() == _REASON:
            self._ticked(item.row(), item.checkState() == Qt.CheckState.Checked)


def percent_text(percent: float) -> str:
    """Return what is at stake as a short number, %."""
    return "< 0.01 %" if percent < 0.01 else f"{percent:.2f} %" if percent < 1 else f"{percent:.1f} %"
