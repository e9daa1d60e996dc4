"""ExaminedImage: an image with its spots, and what was learnt of its pixels in finding them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .spots import Spots


@dataclass(frozen=True, eq=False)
class ExaminedImage:
    """An image that the spot finder has been through.

    Parameters
    ----------
    values : ndarray of float64, shape (slow, fast)
        Values; 0 where not usable.
    usable : ndarray of bool, shape (slow, fast)
        Pixels that hold a measurement.
    ordinary : ndarray of bool, shape (slow, fast)
        Of them, those on no sharp ring nor on a ring of ice with grains.
    spotless : ndarray of bool, shape (slow, fast)
        Of the usable ones, those that are not of a strong spot nor beside one.
    noise : ndarray of float64, shape (slow, fast)
        Variance over mean about each pixel.
    gain : float
        Values for each photon.
    spots : Spots
        What was found.
    """

    values: NDArray[np.float64]
    usable: NDArray[np.bool_]
    ordinary: NDArray[np.bool_]
    spotless: NDArray[np.bool_]
    noise: NDArray[np.float64]
    gain: float
    spots: Spots
