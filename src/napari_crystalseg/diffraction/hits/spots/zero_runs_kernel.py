"""Lengths of runs of zeros along rows and columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....computing.compiled import kernel


@kernel(nogil=True)
def zero_runs(empty: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return for each pixel the longer of the runs of empty pixels, along its row and its column, that it is in.

    Parameters
    ----------
    empty : ndarray of bool, shape (slow, fast)
        Empty pixels.

    Returns
    -------
    ndarray of int32, shape (slow, fast)
        Pixels of the run; 0 for a pixel that is not empty.
    """
    rows, columns = empty.shape
    longest = np.zeros((rows, columns), np.int32)
    for row in range(rows):
        run = 0
        for column in range(columns + 1):
            if column < columns and empty[row, column]:
                run += 1
            elif run:
                longest[row, column - run : column] = run
                run = 0
    below = np.zeros(columns, np.int32)
    for row in range(rows + 1):
        for column in range(columns):
            if row < rows and empty[row, column]:
                below[column] += 1
            elif below[column]:
                for other in range(row - below[column], row):
                    longest[other, column] = max(longest[other, column], below[column])
                below[column] = 0
    return longest
