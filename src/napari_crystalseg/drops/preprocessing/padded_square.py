"""Micrographs as a classifier sees them: whole, in a square with black beside it, and normalised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Mean and standard deviation of red, green and blue over ImageNet, shares of white, as CHiMP takes them."""


def padded_square(values: NDArray[np.uint8], size: int, averaged: bool = True) -> NDArray[np.uint8]:
    """Bring the longer side of a micrograph to a size, and put black about it to make a square.

    The sides keep their ratio. What cannot be halved is more by one below and to the right, as by albumentations
    (``LongestMaxSize``, ``PadIfNeeded``), which CHiMP uses.

    Parameters
    ----------
    values : ndarray of uint8, shape (row, column, 3)
        A micrograph.
    size : int
        Side of the square, pixels.
    averaged : bool
        Whether an image that becomes smaller is averaged over its pixels, so that none goes unseen; CHiMP interpolates
        between the nearest two, along either axis.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
    """
    import cv2

    rows, columns = values.shape[:2]
    scale = size / max(rows, columns)
    wanted = max(round(rows * scale), 1), max(round(columns * scale), 1)
    scaled = values
    if wanted != (rows, columns):
        way = cv2.INTER_AREA if averaged and scale < 1 else cv2.INTER_LINEAR
        scaled = np.asarray(cv2.resize(np.ascontiguousarray(values), wanted[::-1], interpolation=way))
    square = np.zeros((size, size, 3), np.uint8)
    top, left = (size - wanted[0]) // 2, (size - wanted[1]) // 2
    square[top : top + wanted[0], left : left + wanted[1]] = scaled
    return square


def normalised(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return micrographs, shape (..., row, column, 3), as networks take them: (..., 3, row, column), about 0.

    Each colour has ImageNet's mean taken away and is divided by its standard deviation.
    """
    mean, spread = (255 * np.asarray(one, np.float32) for one in (MEAN, SPREAD))
    shares = (values.astype(np.float32) - mean) / spread
    return np.ascontiguousarray(np.moveaxis(shares, -1, -3), dtype=np.float32)
