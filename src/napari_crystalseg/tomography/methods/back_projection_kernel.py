"""The inner loops of back-projection; imported only when something is reconstructed."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(parallel=True, fastmath=True)
def add_back_projection(
    filtered: NDArray[np.float32],
    cosines: NDArray[np.float64],
    sines: NDArray[np.float64],
    weights: NDArray[np.float32],
    offset: float,
    image: NDArray[np.float32],
) -> None:
    """Add the back-projection of filtered projections to an image, with linear interpolation.

    Rows of the detector are the last axis, so that one position on the detector serves a whole run of rows with
    vector instructions; each thread owns its own lines of the image.

    Parameters
    ----------
    filtered : ndarray of float32, shape (angle, column, row)
        Filtered projections.
    cosines, sines : ndarray of float64, shape (angle,)
        Of the rotation angles.
    weights : ndarray of float32, shape (angle,)
        Angle, in radians, that each projection stands for.
    offset : float
        Column of ``filtered`` at which the rotation axis is seen.
    image : ndarray of float32, shape (y, x, row)
        Changed in place. The rotation axis is at the middle of y and of x.
    """
    angles, columns, rows = filtered.shape
    height, width = image.shape[0], image.shape[1]
    for y in numba.prange(height):
        away = y - 0.5 * (height - 1)
        line = np.zeros((width, rows), dtype=np.float32)
        for angle in range(angles):
            step = cosines[angle]
            position = offset - away * sines[angle] - 0.5 * (width - 1) * step
            weight = weights[angle]
            for x in range(width):
                where = position + x * step
                column = int(np.floor(where))
                if column < 0 or column + 1 >= columns:
                    continue
                share = np.float32(where - column)
                upper = weight * share
                lower = weight - upper
                first = filtered[angle, column]
                second = filtered[angle, column + 1]
                total = line[x]
                for row in range(rows):
                    total[row] += lower * first[row] + upper * second[row]
        for x in range(width):
            for row in range(rows):
                image[y, x, row] += line[x, row]


@kernel(parallel=True, fastmath=True)
def sum_absolute(
    filtered: NDArray[np.float32],
    cosines: NDArray[np.float64],
    sines: NDArray[np.float64],
    weights: NDArray[np.float32],
    offsets: NDArray[np.float64],
    size: int,
    every: int,
) -> NDArray[np.float64]:
    """Sum of the absolute values of the back-projection, for several offsets of the rotation axis at once.

    Parameters
    ----------
    filtered : ndarray of float32, shape (angle, column, row)
        Filtered projections.
    cosines, sines : ndarray of float64, shape (angle,)
        Of the rotation angles.
    weights : ndarray of float32, shape (angle,)
        Angle, in radians, that each projection stands for.
    offsets : ndarray of float64, shape (trial,)
        Columns of ``filtered`` at which the rotation axis may be seen.
    size : int
        Side of the image; only its inscribed circle counts.
    every : int
        Only every so many lines of the image are looked at.

    Returns
    -------
    ndarray of float64, shape (trial,)
        The sums.
    """
    angles, columns, rows = filtered.shape
    lines = (size + every - 1) // every
    partial = np.zeros((offsets.size, lines))
    for task in numba.prange(offsets.size * lines):
        trial, number = task // lines, task % lines
        away = number * every - 0.5 * (size - 1)
        half = np.sqrt(max(0.25 * size * size - away * away, 0.0))
        first_x = max(int(np.ceil(0.5 * (size - 1) - half)), 0)
        last_x = min(int(np.floor(0.5 * (size - 1) + half)), size - 1)
        line = np.zeros((size, rows), dtype=np.float32)
        for angle in range(angles):
            step = cosines[angle]
            position = offsets[trial] - away * sines[angle] - 0.5 * (size - 1) * step
            weight = weights[angle]
            for x in range(first_x, last_x + 1):
                where = position + x * step
                column = int(np.floor(where))
                if column < 0 or column + 1 >= columns:
                    continue
                upper = weight * np.float32(where - column)
                lower = weight - upper
                for row in range(rows):
                    line[x, row] += lower * filtered[angle, column, row] + upper * filtered[angle, column + 1, row]
        total = 0.0
        for x in range(first_x, last_x + 1):
            for row in range(rows):
                total += abs(line[x, row])
        partial[trial, number] = total
    sums: NDArray[np.float64] = partial.sum(axis=1)
    return sums
