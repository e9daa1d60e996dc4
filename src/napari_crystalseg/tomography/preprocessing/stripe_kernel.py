"""The inner loop of stripe removal; imported only when something is reconstructed."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(parallel=True)
def excess_over_median(ordered: NDArray[np.float32], size: int, excess: NDArray[np.float32]) -> None:
    """Take from each value the median over neighbouring columns, edge columns repeated.

    The columns of a window are sorted against each other by comparing neighbours, for all angles together with vector
    instructions; no value is changed, so that the result is the same bits as that of any other median.

    Parameters
    ----------
    ordered : ndarray of float32, shape (row, column, angle)
        Values, sorted over the angles.
    size : int
        Columns of the window.
    excess : ndarray of float32, shape (row, column, angle)
        Filled with the differences.
    """
    rows, columns, count = ordered.shape
    half = size // 2
    for row in numba.prange(rows):
        window = np.empty((size, count), np.float32)
        for column in range(columns):
            for k in range(size):
                window[k] = ordered[row, min(max(column + k - half, 0), columns - 1)]
            for step in range(size):
                for k in range(step % 2, size - 1, 2):
                    for angle in range(count):
                        one, other = window[k, angle], window[k + 1, angle]
                        window[k, angle] = min(one, other)
                        window[k + 1, angle] = max(one, other)
            for angle in range(count):
                excess[row, column, angle] = ordered[row, column, angle] - window[half, angle]
