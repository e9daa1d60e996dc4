"""Pixels that are bright in most images of a run: hot ones, which are of the detector and not of a crystal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from .spots import usable_pixels
from .spots.box_sums_kernel import box_sums

FEWEST_IMAGES = 8
"""Images without which nothing recurs: crystals that hardly turned show the same spots a few times."""


def recurring_pixels(
    images: Iterable[ArrayLike], mask: ArrayLike | None = None, part: float = 0.7
) -> NDArray[np.bool_] | None:
    """Find the pixels that stand out in most images of a run.

    Parameters
    ----------
    images : iterable of array_like, shape (slow, fast)
        Some images of the run, of different crystals or of none.
    mask : array_like of bool, shape (slow, fast), or None
        True where a pixel is not to be used anyhow.
    part : float
        Part of the images in which such a pixel is six standard deviations above the 5 x 5 about it.

    Returns
    -------
    ndarray of bool, shape (slow, fast), or None
        True for pixels that recur; None for fewer than eight images.

    Raises
    ------
    InputError
        Images of different shapes.
    """
    bright: NDArray[np.int64] | None = None
    number = 0
    for image in images:
        usable = usable_pixels(image, mask)
        values = np.where(usable, np.asarray(image), 0).astype(np.float64)
        n, total, _ = box_sums(values, usable, 2)
        level = (total - values) / np.maximum(n - 1, 1)
        above = usable & (values > level + 6 * np.sqrt(np.maximum(level, 0)) + 1)
        if bright is None:
            bright = np.zeros(values.shape, np.int64)
        if bright.shape != above.shape:
            raise InputError(
                f"The images of a run must be of one size; there are {bright.shape} and {above.shape} pixels."
            )
        bright += above
        number += 1
    if bright is None or number < FEWEST_IMAGES:
        return None
    recurring: NDArray[np.bool_] = bright >= part * number
    return recurring
