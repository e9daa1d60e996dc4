"""Sums over a square about each pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....computing.compiled import kernel


@kernel(nogil=True)
def box_sums(
    values: NDArray[np.float64], usable: NDArray[np.bool_], half: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return number, sum and sum of squares of the usable pixels in the square of side 2 half + 1 about each pixel.

    Squares end at the edges of the image. Each square is added anew and not carried on from the one before it: sums of
    whole numbers stay exact, and a bright pixel leaves no rounding behind it.

    Parameters
    ----------
    values : ndarray of float64, shape (slow, fast)
        Values; any number where not usable.
    usable : ndarray of bool, shape (slow, fast)
        Pixels that count.
    half : int
        Pixels on either side.

    Returns
    -------
    number : ndarray of int32, shape (slow, fast)
    total, squares : ndarray of float64, shape (slow, fast)
    """
    rows, columns = values.shape
    number = np.zeros((rows, columns), np.int32)
    total = np.zeros((rows, columns), np.float64)
    squares = np.zeros((rows, columns), np.float64)
    n = np.zeros(columns, np.int32)
    s = np.zeros(columns, np.float64)
    q = np.zeros(columns, np.float64)
    for row in range(rows):
        n[:] = 0
        s[:] = 0.0
        q[:] = 0.0
        for other in range(max(row - half, 0), min(row + half + 1, rows)):
            for column in range(columns):
                if usable[other, column]:
                    value = values[other, column]
                    n[column] += 1
                    s[column] += value
                    q[column] += value * value
        for column in range(columns):
            for other in range(max(column - half, 0), min(column + half + 1, columns)):
                number[row, column] += n[other]
                total[row, column] += s[other]
                squares[row, column] += q[other]
    return number, total, squares
