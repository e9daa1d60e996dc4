"""HitTable: a row for each image that was looked at."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ...workflows.hits.judged_image import JudgedImage

COLUMNS = ("Image", "Hit", "Probability", "Spots", "to Å", "keV", "mm", "Header")
TIPS = (
    "File, and number in its stack",
    "Whether it is called a hit",
    "Probability that it is one",
    "Spots that are not of ice",
    "Spacing beyond which one in twenty of the spots lies",
    "Photon energy of the header",
    "Distance of the header",
    "Whether the ring of water agrees with energy and distance",
)
_HIT = QColor(46, 125, 50, 110)


class HitTable(QTableWidget):
    """Images in the order in which they came.

    Attributes
    ----------
    chosen : Signal
        Sent with the image whose row is chosen.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.judged: list[JudgedImage] = []
        self.setHorizontalHeaderLabels(COLUMNS)
        for column, tip in enumerate(TIPS):
            item = self.horizontalHeaderItem(column)
            if item is not None:
                item.setToolTip(tip)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header, numbers = self.horizontalHeader(), self.verticalHeader()
        if header is not None and numbers is not None:
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            numbers.setVisible(False)
        self.itemSelectionChanged.connect(self._tell)

    def add(self, one: JudgedImage) -> None:
        """Add the row of an image."""
        row = self.rowCount()
        self.judged.append(one)
        self.insertRow(row)
        for column, text in enumerate(row_of(one)):
            item = QTableWidgetItem(text)
            if column == 0:
                item.setToolTip(str(one.path))
            elif column != 1:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if column == len(COLUMNS) - 1 and one.check is not None:
                item.setToolTip(one.check.sentence)
            if one.hit.hit:
                item.setBackground(_HIT)
            self.setItem(row, column, item)

    def forget(self) -> None:
        """Remove all rows."""
        self.setRowCount(0)
        self.judged.clear()

    def _tell(self) -> None:
        row = self.currentRow()
        if 0 <= row < len(self.judged) and self.selectedItems():
            self.chosen.emit(self.judged[row])


def row_of(one: JudgedImage) -> tuple[str, ...]:
    """Return the texts of the row of an image."""

    def number(value: float | None, digits: int) -> str:
        return "" if value is None else f"{value:.{digits}f}"

    return (
        one.path.name + (f" {one.number}" if one.count > 1 else ""),
        "hit" if one.hit.hit else "",
        f"{one.hit.probability:.3f}",
        str(one.hit.n_spots),
        number(one.resolution_a, 2),
        number(one.header_energy_kev, 2),
        number(one.header_distance_mm, 0),
        "" if one.check is None else one.check.verdict,
    )
