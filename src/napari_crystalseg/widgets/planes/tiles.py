"""Widgets beside or below each other, whichever makes them largest."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QWidget

_GAP = 2


class Tiles(QWidget):
    """Lays its widgets out in the rows and columns in which their shorter edges are longest."""

    def __init__(self, widgets: list[QWidget]) -> None:
        super().__init__()
        self._tiles: list[QWidget] = []
        for one in widgets:
            one.setParent(self)
            one.hide()

    def show_tiles(self, tiles: list[QWidget]) -> None:
        """Show these, in this order, and hide all others."""
        for one in self._tiles:
            if one not in tiles:
                one.hide()
        self._tiles = list(tiles)
        self._lay_out()
        for one in tiles:
            one.show()

    def sizeHint(self) -> QSize:
        """All in a row."""
        return QSize(260 * max(1, len(self._tiles)), 240)

    def resizeEvent(self, event: Any) -> None:
        """Lay them out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        if not self._tiles:
            return
        number = len(self._tiles)
        columns = max(range(1, number + 1), key=lambda columns: self._shorter_edge(columns, -(-number // columns)))
        rows = -(-number // columns)
        for place, tile in enumerate(self._tiles):
            row, column = divmod(place, columns)
            last = place == number - 1  # takes what is left of its row
            left, right = column * self.width() // columns, (columns if last else column + 1) * self.width() // columns
            top, bottom = row * self.height() // rows, (row + 1) * self.height() // rows
            tile.setGeometry(
                left, top, max(1, right - left - _GAP * (right < self.width())), max(1, bottom - top - _GAP)
            )

    def _shorter_edge(self, columns: int, rows: int) -> float:
        return min(self.width() / columns, self.height() / rows)
