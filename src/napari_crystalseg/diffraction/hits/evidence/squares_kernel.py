"""Squares of an image against their frames, pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....computing.compiled import kernel


@kernel(nogil=True)
def compare_with_frames(
    photons_in: NDArray[np.float64],
    number: NDArray[np.int32],
    around: NDArray[np.float64],
    frame: NDArray[np.int32],
    noise: NDArray[np.float64],
    table: NDArray[np.float64],
    full: int,
    least: float,
    side: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Add up what chance makes of each square, and pick the squares that are far above their frame.

    Parameters
    ----------
    photons_in, number : ndarray, shape (slow, fast)
        Sum of each square and how many pixels it has.
    around, frame : ndarray, shape (slow, fast)
        Sum of each frame and how many pixels it has.
    noise : ndarray, shape (slow, fast)
        Variance over mean.
    table : ndarray, shape (photons + 1, level)
        Probability of each level by the photons of a full frame.
    full, least : int, float
        Pixels of a full frame, and the part of them without which a square is left out.
    side : int
        Of a square, pixels.

    Returns
    -------
    expected : ndarray, shape (side squared, level)
        Sums of probabilities, for each tiling.
    place, photons, beside : ndarray of int64, shape (candidate,)
        Pixel (counted along rows), photons, and photons of a full frame, of those picked.
    """
    rows, columns = number.shape
    levels = table.shape[1]
    expected = np.zeros((side * side, levels))
    place = np.empty(number.size, np.int64)
    photons = np.empty(number.size, np.int64)
    beside = np.empty(number.size, np.int64)
    found = 0
    ratio = side * side / full
    for row in range(rows):
        for column in range(columns):
            if number[row, column] < side * side or frame[row, column] < least * full:
                continue
            scale = noise[row, column]
            inside = int(np.rint(photons_in[row, column] / scale))
            outside = max(int(np.rint(around[row, column] * (full / frame[row, column]) / scale)), 0)
            tiling = row % side * side + column % side
            known = min(outside, table.shape[0] - 1)
            for level in range(levels):
                expected[tiling, level] += table[known, level]
            mean = (outside + 0.5) * ratio
            if inside - mean > 1.2 * np.sqrt(mean):
                place[found], photons[found], beside[found] = row * columns + column, inside, outside
                found += 1
    return expected, place[:found].copy(), photons[:found].copy(), beside[:found].copy()
