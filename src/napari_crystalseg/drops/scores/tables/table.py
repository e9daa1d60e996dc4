"""Table: a title, a header, and rows of cells."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO

from ....errors import InputError

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table as it is shown.

    Parameters
    ----------
    title : str
        What it is of.
    header : tuple of str
        Names of the columns.
    rows : tuple of tuple
        Texts, numbers, or None where nothing is defined.

    Raises
    ------
    InputError
        A row with more or fewer cells than the header.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise InputError(f"Each row of the table '{self.title}' has {len(self.header)} cells.")

    def text(self) -> str:
        """Return it in columns of letters of one width, numbers to the right."""
        lines = [self.header, *(tuple(map(_shown, row)) for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.header))]
        left = [all(isinstance(row[column], str) for row in self.rows) for column in range(len(self.header))]
        shown = (
            "  ".join(
                cell.ljust(width) if to_left else cell.rjust(width)
                for cell, width, to_left in zip(line, widths, left, strict=True)
            ).rstrip()
            for line in lines
        )
        return "\n".join([self.title, *shown]) + "\n"

    def markdown(self) -> str:
        """Return it as Markdown, the title as a line in bold."""
        left = [all(isinstance(row[column], str) for row in self.rows) for column in range(len(self.header))]
        lines = [self.header, tuple("---" if one else "---:" for one in left)]
        lines += [tuple(map(_shown, row)) for row in self.rows]
        shown = "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
        return f"**{self.title}**\n\n{shown}\n"

    def csv(self) -> str:
        """Return it as CSV with numbers in full, and empty cells where nothing is defined; the title is left out."""
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(["" if one is None else one for one in row] for row in self.rows)
        return text.getvalue()


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:.4f}" if isinstance(cell, float) else str(cell)
