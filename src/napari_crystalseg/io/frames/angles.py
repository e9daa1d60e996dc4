"""Rotation angles in degrees, whatever a file says of them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ..files.array_file import load_array
from ..files.input_file import check_input
from ..grids.units import deg_per

_FEWEST_FOR_SPAN = 8


def in_degrees(angles: ArrayLike, unit: str = "", name: str = "The file") -> tuple[NDArray[np.float64], str | None]:
    """Return angles in degrees, and what had to be assumed about their unit.

    Without a unit they are degrees; but eight or more that span half a turn to two turns in radians, which would be
    3 to 13 degrees, are taken as radians.

    Parameters
    ----------
    angles : array-like, shape (frame,)
        Angles in the order of the frames.
    unit : str
        As the file states it; empty where it does not.
    name : str
        What holds them, for errors.

    Returns
    -------
    angles_deg : ndarray of float64, shape (frame,)
        Angles, degrees.
    assumed : str or None
        What was assumed of their unit; None where it is stated.

    Raises
    ------
    InputError
        Not numbers, NaN, or an unknown unit.
    """
    values = np.asarray(angles)
    if not (np.issubdtype(values.dtype, np.integer) or np.issubdtype(values.dtype, np.floating)):
        raise InputError(f"{name} has angles that are no numbers ({values.dtype}).")
    found = values.astype(np.float64).reshape(-1)
    bad = np.flatnonzero(~np.isfinite(found))
    if bad.size:
        raise InputError(
            f"{name} has {bad.size} of {found.size} angles that are NaN or infinite, the first at number {bad[0]} "
            "(from 0); the scan was perhaps broken off: remove those frames or put in their angles."
        )
    if unit:
        return found * deg_per(unit), None
    # With the last step, since a scan often ends one before the turn is full.
    span = float(np.ptp(found)) * found.size / (found.size - 1) if found.size >= _FEWEST_FOR_SPAN else 0.0
    if 0.95 * np.pi <= span <= 4.05 * np.pi:
        return np.degrees(found), f"angles without a unit, over {np.ptp(found):.4g}: taken as radians"
    return found, None


def read_angles(path: str | Path) -> tuple[NDArray[np.float64], str | None]:
    """Read a list of angles from a text file, a table or a ``.npy`` array.

    Text has one angle a line; a table with several columns has a header in which one is called ``angle`` or ``theta``.
    Lines that begin with ``#`` are left out, but ``rad``, ``deg``, ``gon`` or ``gradian`` in them, in the header or in
    the file's name is taken as the unit. ``grad``, gradians in some
    languages, is taken as degrees.

    Returns
    -------
    angles : ndarray of float64, shape (frame,)
        Degrees.
    assumed : str or None
        What had to be assumed.

    Raises
    ------
    InputError
        No angles, text that is no number, or several columns to choose from.
    """
    path = Path(path)
    check_input(path)
    words = path.stem
    if path.suffix.lower() == ".npy":
        values = load_array(path)
    else:
        values, header = _from_text(path)
        words = f"{header} {words}"
    if values.size == 0:
        raise InputError(f"{path.name} holds no angles; write one a line.")
    unit = re.search(r"(?<![a-z])(gon|gradian|rad|deg)(?:ian|ree)?s?(?![a-z])", words.lower())
    if unit is None and re.search(r"(?<![a-z])grad[es]?(?![a-z])", words.lower()):
        return in_degrees(values, "deg", path.name)[0], f"'grad' in {path.name} is taken as degrees, not as gradians"
    return in_degrees(values, unit[1] if unit else "", path.name)


def _from_text(path: Path) -> tuple[NDArray[np.float64], str]:
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    header, names, rows = "", list[str](), []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            header += f" {text}"
            continue
        cells = [cell for cell in re.split(r"[,;\s]+" if ";" not in text else r"[;\s]+", text) if cell]
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError:
            if rows:
                raise InputError(f"Line {number} of {path.name} is no angle: '{text[:40]}'.") from None
            header += f" {text}"
            names = [cell.lower() for cell in re.split(r"[,;\t]", text)]
    if not rows:
        return np.zeros(0), header
    if len({len(row) for row in rows}) > 1:
        raise InputError(f"The lines of {path.name} have different numbers of columns; write one angle a line.")
    table = np.array(rows)
    if table.shape[1] == 1 or len(table) == 1:
        return table.reshape(-1), header
    column = [place for place, name in enumerate(names) if "angle" in name or "theta" in name]
    if len(column) != 1 or column[0] >= table.shape[1]:
        raise InputError(
            f"{path.name} has {table.shape[1]} columns; name the one of the angles 'angle' in a header, or write the "
            "angles alone, one a line."
        )
    return table[:, column[0]], header
