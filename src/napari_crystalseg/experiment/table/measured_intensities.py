"""Measured intensities of a reflection table, as scaling begins with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .reflection_file import read_reflection_file
from .scaling_selection import INTEGRATED_PRF, INTEGRATED_SUM, flags_of

KINDS = ("prf", "sum")
"""By profile fitting, which is preferred, and by summation."""

DIVIDED_OUT = "absorption_divided_out"
"""Column of a table whose intensities were divided by absorption factors: the factors, so that it can be undone."""

_COLUMNS = (
    DIVIDED_OUT,
    *("flags", "lp", "qe", "dqe", "partiality"),
    *(f"intensity.{kind}.{part}" for kind in KINDS for part in ("value", "variance")),
)


def read_intensities(path: str | Path) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Read intensities with their errors, corrected for all but scale and absorption.

    Profile-fitted intensities where a row has one, else summed ones over the partiality; times ``lp`` over the
    efficiency of the sensor (``qe``), as dials.scale takes them. Where absorption factors were divided out of a table,
    they are multiplied in again.

    Parameters
    ----------
    path : str or Path
        A ``.refl`` file.

    Returns
    -------
    (intensity, sigma) or None
        ndarray of float64, shape (reflection,), each; NaN in rows that were not integrated. None where the table has
        no intensities.

    Raises
    ------
    InputError
        Not a reflection table, or columns of another type.
    """
    table = read_reflection_file(path, _COLUMNS)
    n, flags = table.rows, flags_of(table)
    intensity, variance = np.full(n, np.nan), np.full(n, np.nan)
    found = False
    partiality = table.column("partiality", kinds="f")
    for kind, bit in zip(KINDS, (INTEGRATED_PRF, INTEGRATED_SUM), strict=True):
        value = table.column(f"intensity.{kind}.value", kinds="f")
        spread = table.column(f"intensity.{kind}.variance", kinds="f")
        if value is None or spread is None:
            continue
        found = True
        rows = np.isnan(intensity) & (spread > 0)
        if flags is not None:
            rows &= flags & np.uint64(bit) != 0
        # Profile fitting is of whole reflections, a sum of what was seen.
        part = np.ones(n) if kind == "prf" or partiality is None else np.where(partiality > 0, partiality, np.nan)
        intensity[rows], variance[rows] = value[rows] / part[rows], spread[rows] / part[rows] ** 2
    if not found:
        return None
    factor = np.ones(n)
    if (divided := table.column(DIVIDED_OUT, kinds="f")) is not None:
        factor *= divided
    if (lp := table.column("lp", kinds="f")) is not None:
        factor *= lp
    efficiency = table.column("qe", kinds="f")
    if efficiency is None:
        efficiency = table.column("dqe", kinds="f")
    if efficiency is not None:
        factor /= np.where(efficiency > 0, efficiency, np.nan)
    return intensity * factor, np.sqrt(variance) * factor
