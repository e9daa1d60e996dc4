"""Rings about the rotation axis, as faults of detector pixels leave them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WIDEST_VOXELS = 2.0
_FEWEST_VOXELS = 40


def ring_strength(voxel_values: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Measure the rings about the middle of each slice.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Voxel values.
    mask : ndarray of bool, shape (z, y, x)
        Where they are level but for noise and rings.

    Returns
    -------
    float
        Root mean square over slices and radii of the mean along a circle, of what is narrower than about two voxels
        (twice), less what noise alone would leave; in the units of the values. NaN where no circle holds enough of the
        mask.
    """
    from scipy.ndimage import gaussian_filter

    depth, rows, columns = voxel_values.shape
    # Normalised convolution (Knutsson & Westin, 1993): what lies outside the mask has no say.
    weight = mask.astype(np.float32)
    width = (0.0, _WIDEST_VOXELS, _WIDEST_VOXELS)
    level = gaussian_filter(voxel_values * weight, width) / np.maximum(gaussian_filter(weight, width), 1e-3)
    y, x = np.ogrid[:rows, :columns]
    radius = np.rint(np.hypot(y - (rows - 1) / 2, x - (columns - 1) / 2)).astype(np.int64)
    circles = int(radius.max()) + 1
    place = (np.arange(depth)[:, None, None] * circles + radius)[mask]
    residual = (voxel_values - level)[mask].astype(np.float64)
    counts = np.bincount(place, minlength=depth * circles)
    sums = np.bincount(place, weights=residual, minlength=depth * circles)
    squares = np.bincount(place, weights=residual**2, minlength=depth * circles)
    enough = counts >= _FEWEST_VOXELS
    if not enough.any():
        return float("nan")
    n = counts[enough]
    mean = sums[enough] / n
    by_chance = np.maximum(squares[enough] / n - mean**2, 0) / (n - 1)
    return float(np.sqrt(max(np.average(mean**2 - by_chance, weights=n), 0.0)))
