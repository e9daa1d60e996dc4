"""Stripes in sinograms, which become rings in slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def remove_stripes(line_integrals: NDArray[np.float32], size_px: int = 9) -> NDArray[np.float32]:
    """Remove stripes that keep their column over all angles.

    The values of each column are sorted, the sorted sinogram is smoothed across columns with a median, and the
    values go back to their places (Vo, Atwood & Drakopoulos, Opt. Express 26 (2018) 28396, algorithm 3): a column
    that reads high or low at all angles is brought to its neighbours' distribution, and the sample's features, which
    move from column to column, stay.

    Parameters
    ----------
    line_integrals : ndarray of float32, shape (angle, row, column)
        Minus the logarithm of the transmission.
    size_px : int
        Columns of the median; stripes of less than half of it go.

    Returns
    -------
    ndarray of float32, shape (angle, row, column)
        A new array.
    """
    from scipy.ndimage import median_filter

    order = np.argsort(line_integrals, axis=0, kind="stable")
    in_order = np.take_along_axis(line_integrals, order, axis=0)
    smooth = median_filter(in_order, size=(1, 1, size_px), mode="nearest")
    result = np.empty_like(line_integrals)
    np.put_along_axis(result, order, smooth, axis=0)
    return result
