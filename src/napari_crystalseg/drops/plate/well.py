"""Well: one drop of a crystallisation plate."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InputError

MOST_ROWS, MOST_COLUMNS, MOST_SUBWELLS = 16, 24, 8
"""Of a plate of 384 wells; and drops in a well."""


@dataclass(frozen=True, order=True)
class Well:
    """One place for a drop; wells are in order as one reads them, row by row.

    Parameters
    ----------
    row, column : int
        From 1 on: row A is 1.
    subwell : int
        Which drop of the well, from 1 on; a is 1.

    Raises
    ------
    InputError
        No such place on a plate of up to 384 wells with up to 8 drops each.
    """

    row: int
    column: int
    subwell: int = 1

    def __post_init__(self) -> None:
        fits = 1 <= self.row <= MOST_ROWS and 1 <= self.column <= MOST_COLUMNS and 1 <= self.subwell <= MOST_SUBWELLS
        if not fits:
            raise InputError(
                f"A plate has up to {MOST_ROWS} rows, {MOST_COLUMNS} columns and {MOST_SUBWELLS} drops a well; "
                f"row {self.row}, column {self.column}, drop {self.subwell} is none of them."
            )

    @property
    def row_letter(self) -> str:
        """A for the first row."""
        return chr(ord("A") + self.row - 1)

    @property
    def name(self) -> str:
        """As Formulatrix names it: ``A01.1`` is the first drop of the first well."""
        return f"{self.row_letter}{self.column:02d}.{self.subwell}"
