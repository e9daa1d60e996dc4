"""CHiMP's table of positions: ``Filepath,Coords,Crystals``."""

from __future__ import annotations

import ast
import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ....errors import InputError, shortened
from ....io import check_input, write_text
from ...objects import CRYSTAL, DropObjects
from ..in_file import in_file

COLUMNS = ("Filepath", "Coords", "Crystals")
_MOST_BYTES = 200 * 2**20
# What NumPy 2 makes of its numbers in a tuple.
_NUMPY_NUMBER = re.compile(r"\bnp\.\w+\(([^()]*)\)")


@dataclass(frozen=True)
class PositionsRow:
    """One image in the table.

    Parameters
    ----------
    path : str
        The image's file.
    crystals : bool
        Whether it has crystals.
    places_px : tuple of (int, int)
        Row and column of places on crystals, pixels of the image as it is stored. Of a table without positions for the
        Echo.
    offset_um : (float, float) or None
        Where to dispense, y and x in µm from the image's centre, y down the image. Of a table for the Echo; None in one
        where no drop was found.
    """

    path: str
    crystals: bool
    places_px: tuple[tuple[int, int], ...] = ()
    offset_um: tuple[float, float] | None = None

    @classmethod
    def of_objects(
        cls, path: str, objects: DropObjects, lowest_score: float = 0.6, offset_um: tuple[float, float] | None = None
    ) -> PositionsRow:
        """Return the row of an image: the centroid of each crystal, best first, to whole pixels.

        Parameters
        ----------
        path : str
            The image's file.
        objects : DropObjects
            Drops and crystals.
        lowest_score : float
            Crystals of less are left out.
        offset_um : (float, float), optional
            Where to dispense, µm.
        """
        centroids = (one.centroid_px for one in objects.of_kind(CRYSTAL, lowest_score))
        places = tuple((round(row), round(column)) for row, column in centroids)
        return cls(path, bool(places), places, offset_um)


def chimp_positions_text(rows: Iterable[PositionsRow], echo: bool) -> str:
    """Return the table as text, in the form that CHiMP writes.

    CHiMP leaves out images without crystals of a table that is not for the Echo; here they have ``[]``. In one for the
    Echo it repeats the position of the image before where no drop was found; here the cell is empty.

    Parameters
    ----------
    rows : iterable of PositionsRow
        The images.
    echo : bool
        Write where to dispense, in µm from the image's centre, in place of places on crystals in pixels.

    Returns
    -------
    str
        CSV with lines that end as CHiMP's do, in carriage return and line feed.
    """
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        # Plain numbers: those of NumPy are written with the name of their type by its version 2.
        if echo:
            offset = row.offset_um
            coords: Any = "" if offset is None else (float(offset[0]), float(offset[1]))
        else:
            coords = [(int(one[0]), int(one[1])) for one in row.places_px]
        writer.writerow([row.path, coords, bool(row.crystals)])
    return text.getvalue()


def write_chimp_positions(rows: Iterable[PositionsRow], path: str | Path, echo: bool) -> None:
    """Write the table, replaced in one step; parameters as of :func:`chimp_positions_text`."""
    write_text(path, chimp_positions_text(rows, echo))


def read_chimp_positions(path: str | Path) -> tuple[PositionsRow, ...]:
    """Read a table that CHiMP or this package wrote.

    Parameters
    ----------
    path : path
        The CSV file.

    Returns
    -------
    tuple of PositionsRow

    Raises
    ------
    InputError
        It is not such a table, or a cell of it cannot be read.
    """
    path = Path(path)
    check_input(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the table of positions in it.")
    with in_file(path):
        if path.stat().st_size > _MOST_BYTES:
            raise InputError("it is too large for a table of positions")
        text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
        lines = csv.reader(StringIO(text, newline=""))
        header = [one.strip() for one in next(lines, [])]
        if missing := [name for name in COLUMNS if name not in header]:
            raise InputError(
                f"it has no column {missing[0]}: a table of positions as CHiMP writes it has {', '.join(COLUMNS)}"
            )
        return tuple(
            _row(dict(zip(header, line, strict=False)), number) for number, line in enumerate(lines, 2) if any(line)
        )


def _row(cells: dict[str, str], number: int) -> PositionsRow:
    if any(name not in cells for name in COLUMNS):
        raise InputError(f"line {number} has too few cells")
    said = cells["Crystals"].strip().lower()
    if said not in ("true", "false", "1", "0"):
        raise InputError(f"line {number} says neither True nor False of crystals, but '{shortened(cells['Crystals'])}'")
    crystals = said in ("true", "1")
    found = _values(cells["Coords"], number)
    if isinstance(found, tuple) and found:
        return PositionsRow(cells["Filepath"], crystals, offset_um=_pair(found, number))
    places = tuple(_pair(one, number) for one in found)
    return PositionsRow(cells["Filepath"], crystals, tuple((round(row), round(column)) for row, column in places))


def _values(cell: str, number: int) -> Any:
    """A tuple, of one place, or a list of such."""
    text = _NUMPY_NUMBER.sub(r"\1", cell.strip())
    if not text:
        return []
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        found = None
    if not isinstance(found, tuple | list):
        raise InputError(f"line {number} has coordinates that cannot be read: '{shortened(cell)}'")
    return found


def _pair(values: Any, number: int) -> tuple[float, float]:
    whole = isinstance(values, tuple | list) and len(values) == 2
    if not whole or not all(isinstance(one, int | float) and math.isfinite(one) for one in values):
        raise InputError(f"line {number} has coordinates that are not pairs of numbers: '{shortened(values)}'")
    return float(values[0]), float(values[1])
