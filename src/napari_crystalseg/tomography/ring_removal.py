"""Stripes in sinograms, which become rings in slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def remove_stripes(line_integrals: NDArray[np.float32], size_px: int = 9) -> NDArray[np.float32]:
    """Remove stripes that keep their column over all angles.

    The values of each column are sorted over the angles and compared with the median over neighbouring columns
    (after Vo, Atwood & Drakopoulos, Opt. Express 26 (2018) 28396, algorithm 3, which takes that median as the result).
    Here the median of the difference is taken away from the column: one number a column, as a wrong flat leaves it,
    so that strongly absorbing features, which move from column to column, cause no streaks.

    Parameters
    ----------
    line_integrals : ndarray of float32, shape (angle, row, column)
        Minus the logarithm of the transmission.
    size_px : int
        Columns of the median; stripes narrower than half of it go.

    Returns
    -------
    ndarray of float32, shape (angle, row, column)
        A new array.
    """
    from scipy.ndimage import median_filter

    in_order = np.sort(line_integrals, axis=0)
    excess = in_order - median_filter(in_order, size=(1, 1, size_px), mode="nearest")
    return line_integrals - np.median(excess, axis=0)
