"""The inner loops of back-projection; imported only when something is reconstructed."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(parallel=True, fastmath=True, cache=True)
def add_back_projection(filtered, cosines, sines, weights, offset, image):  # type: ignore[no-untyped-def]
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
