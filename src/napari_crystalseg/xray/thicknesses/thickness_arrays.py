"""The projection of corners written with whole arrays, for libraries whose arrays compiled code cannot reach."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from ...computing.backend import Array


def profiles(xp: ModuleType, t: Array, line: Array, weights: Array, lines: int, columns: int) -> Array:
    """Bin-averaged profiles made of corners; see :func:`.thickness_kernel.project_corners`.

    Parameters
    ----------
    xp : module
        NumPy or CuPy.
    t : array of float64, shape (corner,)
        Bin coordinate of each corner.
    line : array of int, shape (corner,)
        Line that each corner belongs to.
    weights : array of float64, shape (corner, channel)
        Change of slope at each corner.
    lines, columns : int
        Number of lines and of bins in a line.

    Returns
    -------
    array of float64, shape (channel, line, column)
    """
    inside = (t >= 0) & (t < columns)
    before = t < 0
    column = xp.floor(t[inside]).astype(np.int64)
    r = t[inside] - column
    place = line[inside] * (columns + 2) + column
    d0, d2 = 0.5 * (1.0 - r) * (1.0 - r), 0.5 * r * r
    out = []
    for channel in range(weights.shape[1]):
        weight, early = weights[:, channel][inside], weights[:, channel][before]
        second = xp.zeros(lines * (columns + 2))
        for offset, part in enumerate((d0, 1.0 - d0 - d2, d2)):
            second += _totals(xp, place + offset, weight * part, lines * (columns + 2))
        value = _totals(xp, line[before], early * (0.5 - t[before]), lines)
        slope = _totals(xp, line[before], early, lines)
        rise = xp.cumsum(second.reshape(lines, columns + 2)[:, :columns], axis=1)
        out.append(xp.cumsum(rise, axis=1) + value[:, None] + slope[:, None] * xp.arange(columns))
    return xp.stack(out)


def _totals(xp: ModuleType, place: Array, weight: Array, size: int) -> Array:
    """Sum of the weights at each place. CuPy's ``bincount`` fails where there is nothing to count."""
    return xp.bincount(place, weight, size) if place.size else xp.zeros(size)
