"""Sizes of micrographs: squeezed to a shape, or made to fit in a square."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def resized(values: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Bring a micrograph to a shape; its sides may change unlike each other.

    Interpolated linearly as by CHiMP (OpenCV's ``INTER_LINEAR``) unless it becomes less than half as large, where the
    mean of the pixels is taken, so that none of them goes unseen.

    Parameters
    ----------
    values : ndarray of uint8, shape (row, column, 3)
        A micrograph.
    shape : (int, int)
        Rows and columns wanted.

    Returns
    -------
    ndarray of uint8, shape (*shape, 3)
    """
    import cv2

    if values.shape[:2] == shape:
        return values
    smaller = min(values.shape[0] / shape[0], values.shape[1] / shape[1]) > 2
    # The shape as OpenCV wants it: columns, rows.
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(values), shape[::-1], interpolation=how), np.uint8)


def fitting_shape(shape: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """Return rows and columns of an image of which the longer side becomes ``longest_side``; neither is below 1."""
    longest = max(shape)
    rows, columns = (max(1, round(side * longest_side / longest)) for side in shape)
    return rows, columns
