"""PlateLayout: where each micrograph of a plate is drawn, and which one lies next to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_ROW_LETTERS_PX = 18
_COLUMN_NUMBERS_PX = 16
_GAP_PX = 3
_TALLEST_PX = 30
_LEAST_PX = 14
_LOWEST_PX = 16
_LOOSE_PX = 24
_BETWEEN_PX = 8

WellPlace = tuple[int, int, int]
"""Row, column and subwell of a micrograph on its plate, from 0."""


@dataclass(frozen=True)
class Cell:
    """Part of the picture that stands for one micrograph.

    Parameters
    ----------
    left, top, width, height : float
        In pixels of the screen.
    """

    left: float
    top: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, (across, down), pixels of the screen."""
        return self.left + self.width / 2, self.top + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        """Whether a place of the screen, pixels, lies in it."""
        return self.left <= x < self.left + self.width and self.top <= y < self.top + self.height


class PlateLayout:
    """Wells in rows and columns, each split in its subwells side by side; what has no well in rows below.

    Parameters
    ----------
    places : sequence of (int, int, int) or None
        Row, column and subwell of each micrograph, from 0; None where its name tells no well.
    width : float
        Width of the picture, pixels of the screen.
    shape : (int, int, int)
        Rows, columns and subwells of the plate; zeros where no image has a well.
    height : float
        Height that is there for it, pixels of the screen: wells are lower where that lets all be seen.
    """

    def __init__(
        self, places: Sequence[WellPlace | None], width: float, shape: tuple[int, int, int], height: float = 1e6
    ) -> None:
        self.shape = shape[:2]
        self.subwells = max(shape[2], 1)
        rows, columns = self.shape
        self.well_width = max((width - _ROW_LETTERS_PX) / columns, _LEAST_PX) if columns else 0.0
        tallest = min(max(self.well_width, _LEAST_PX), _TALLEST_PX)
        fitting = (height - _COLUMN_NUMBERS_PX - 2) / rows if rows else tallest
        self.well_height = min(tallest, max(fitting, _LOWEST_PX, tallest / 2))
        plate_height = _COLUMN_NUMBERS_PX + rows * self.well_height if rows else 0.0
        across = max(1, int(width // _LOOSE_PX))
        self.cells: list[Cell] = []
        loose = 0
        first = plate_height + (_BETWEEN_PX if rows else _GAP_PX)
        for place in places:
            if place is not None:
                self.cells.append(self._of_well(place))
            else:
                row, column = divmod(loose, across)
                side = _LOOSE_PX - _GAP_PX
                self.cells.append(Cell(column * _LOOSE_PX, first + row * _LOOSE_PX, side, side))
                loose += 1
        self.loose_top = first if loose else None
        self.height = first + -(-loose // across) * _LOOSE_PX if loose else plate_height

    def row_label(self, row: int) -> tuple[str, Cell]:
        """Return the letter of a row, and where it stands."""
        top = _COLUMN_NUMBERS_PX + row * self.well_height
        return _letters(row), Cell(0, top, _ROW_LETTERS_PX, self.well_height - _GAP_PX)

    def column_label(self, column: int) -> tuple[str, Cell]:
        """Return the number of a column, and where it stands."""
        left = _ROW_LETTERS_PX + column * self.well_width
        return str(column + 1), Cell(left, 0, self.well_width - _GAP_PX, _COLUMN_NUMBERS_PX)

    def well(self, row: int, column: int) -> Cell:
        """Return where a whole well is drawn, its subwells together."""
        left = _ROW_LETTERS_PX + column * self.well_width
        top = _COLUMN_NUMBERS_PX + row * self.well_height
        return Cell(left, top, self.well_width - _GAP_PX, self.well_height - _GAP_PX)

    def at(self, x: float, y: float) -> int | None:
        """Return the number of the micrograph at a place of the screen, pixels; None between them."""
        return next((number for number, cell in enumerate(self.cells) if cell.holds(x, y)), None)

    def beside(self, number: int, across: int, down: int) -> int:
        """Return the micrograph that an arrow leads to: the next in its row, or the nearest in the next row.

        Parameters
        ----------
        number : int
            From which.
        across, down : int
            -1, 0 or 1; one of them is 0.

        Returns
        -------
        int
            The same where there is none.
        """
        x, y = self.cells[number].centre
        if across:
            row = [(cell.centre[0], n) for n, cell in enumerate(self.cells) if abs(cell.centre[1] - y) < 1]
            ahead = [(abs(at - x), n) for at, n in row if (at - x) * across > 0.5]
        else:
            others = [(cell.centre, n) for n, cell in enumerate(self.cells) if (cell.centre[1] - y) * down > 1]
            nearest = min((abs(at[1] - y) for at, _ in others), default=0.0)
            ahead = [(abs(at[0] - x), n) for at, n in others if abs(abs(at[1] - y) - nearest) < 1]
        return min(ahead)[1] if ahead else number

    def end_of_row(self, number: int, last: bool) -> int:
        """Return the first or the last micrograph in the row of another."""
        y = self.cells[number].centre[1]
        row = [(cell.centre[0], n) for n, cell in enumerate(self.cells) if abs(cell.centre[1] - y) < 1]
        return (max(row) if last else min(row))[1]

    def _of_well(self, place: WellPlace) -> Cell:
        row, column, subwell = place
        well = self.well(row, column)
        width = well.width / self.subwells
        return Cell(well.left + subwell * width, well.top, width - (1 if self.subwells > 1 else 0), well.height)


def _letters(row: int) -> str:
    letter = chr(ord("A") + row % 26)
    return letter if row < 26 else chr(ord("A") + row // 26 - 1) + letter
