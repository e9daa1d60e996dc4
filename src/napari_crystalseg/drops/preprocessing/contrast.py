"""Contrast of micrographs: equalised within tiles, and scaled between the darkest and the brightest value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GRID = (12, 12)
"""Tiles along rows and columns, as CHiMP's."""

CLIP_LIMIT = 2.5
"""The library that CHiMP calls draws the limit from 1 to 4 for each image, also when it predicts: here it is the mean
of them, so that the same image always gives the same values."""


def equalised_contrast(
    values: NDArray[np.uint8], grid: tuple[int, int] = GRID, clip_limit: float = CLIP_LIMIT
) -> NDArray[np.uint8]:
    """Equalise the contrast of a micrograph within tiles (CLAHE), as OpenCV does it.

    Colours are kept: only the lightness L of CIE L*a*b* is equalised, as in albumentations, which CHiMP uses.

    Parameters
    ----------
    values : ndarray of uint8, shape (row, column, 3)
        Red, green and blue.
    grid : (int, int)
        Tiles along rows and columns.
    clip_limit : float
        By how much a value may be more frequent than the mean, within a tile, before it is cut.

    Returns
    -------
    ndarray of uint8, shape (row, column, 3)
    """
    import cv2

    lab = cv2.cvtColor(np.ascontiguousarray(values), cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(clip_limit, (grid[1], grid[0])).apply(np.ascontiguousarray(lab[..., 0]))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def min_max_scaled(values: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale values so that the least is 0 and the largest 1; where all are equal, all are 0.

    CHiMP's detectors see micrographs so, at training (``normalise_image`` of its data set) and at prediction alike: the
    least and the largest value are those of all three colours together.

    Parameters
    ----------
    values : ndarray of uint8, any shape

    Returns
    -------
    ndarray of float32, shape as given
    """
    least, largest = int(values.min()), int(values.max())
    return (values.astype(np.float32) - np.float32(least)) / np.float32(max(largest - least, 1))
