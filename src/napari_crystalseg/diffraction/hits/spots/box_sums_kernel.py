"""Sums over a square about each pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....computing.compiled import kernel

LARGEST = 2**26
"""Whole numbers below this have sums of squares that 64 bits hold."""


def box_sums(
    values: NDArray[np.float64], usable: NDArray[np.bool_], half: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return number, sum and sum of squares of the usable pixels in the square of side 2 half + 1 about each pixel.

    Squares end at the edges of the image. Sums of whole numbers are carried on from one square to the next, which is
    exact; of other numbers each square is added anew, so that a bright pixel leaves no rounding behind it.

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
    whole = np.rint(values)
    if np.abs(whole).max(initial=0) < LARGEST and np.array_equal(whole, values):
        return _carried(whole.astype(np.int64), usable, half)
    return _anew(values, usable, half)


@kernel(nogil=True)
def _carried(
    values: NDArray[np.int64], usable: NDArray[np.bool_], half: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = values.shape
    number = np.empty((rows, columns), np.int32)
    total = np.empty((rows, columns), np.float64)
    squares = np.empty((rows, columns), np.float64)
    n = np.zeros(columns + 2 * half + 1, np.int64)
    s = np.zeros(columns + 2 * half + 1, np.int64)
    q = np.zeros(columns + 2 * half + 1, np.int64)
    for row in range(-half, rows):
        comes, goes = row + half, row - half - 1
        if comes < rows:
            for column in range(columns):
                if usable[comes, column]:
                    value = values[comes, column]
                    n[half + column] += 1
                    s[half + column] += value
                    q[half + column] += value * value
        if goes >= 0:
            for column in range(columns):
                if usable[goes, column]:
                    value = values[goes, column]
                    n[half + column] -= 1
                    s[half + column] -= value
                    q[half + column] -= value * value
        if row < 0:
            continue
        a, b, c = 0, 0, 0
        for column in range(2 * half):
            a += n[column]
            b += s[column]
            c += q[column]
        for column in range(columns):
            a += n[column + 2 * half]
            b += s[column + 2 * half]
            c += q[column + 2 * half]
            number[row, column] = a
            total[row, column] = b
            squares[row, column] = c
            a -= n[column]
            b -= s[column]
            c -= q[column]
    return number, total, squares


@kernel(nogil=True)
def _anew(
    values: NDArray[np.float64], usable: NDArray[np.bool_], half: int
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
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
