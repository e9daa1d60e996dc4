"""Noise from voxel to voxel, and how sharply the sample's surface rises."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TO_SIGMA = 1.4826  # of the median absolute deviation of a Gaussian
_FEWEST_VOXELS = 50


def noise_of(voxel_values: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Measure the noise where nothing else changes.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Voxel values.
    mask : ndarray of bool, shape (z, y, x)
        Where they are level but for noise.

    Returns
    -------
    float
        Standard deviation of white Gaussian noise, from the median absolute second difference along y and x, which a
        slope does not change (less for correlated noise); NaN where the mask holds next to nothing.
    """
    found = []
    for axis in (1, 2):
        values, inside = np.moveaxis(voxel_values, axis, 0), np.moveaxis(mask, axis, 0)
        if len(values) < 3:
            continue
        clear = inside[2:] & inside[1:-1] & inside[:-2]
        bends = (values[2:] - 2 * values[1:-1] + values[:-2])[clear]
        if bends.size >= _FEWEST_VOXELS:
            found.append(_TO_SIGMA * float(np.median(np.abs(bends))) / np.sqrt(6.0))
    return float(np.mean(found)) if found else float("nan")


def edge_width(voxel_values: NDArray[np.float32], sample: NDArray[np.bool_]) -> float:
    """Measure over how many voxels the surface of the sample rises from air to sample.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values: air 0, sample 1.
    sample : ndarray of bool, shape (z, y, x)
        The sample.

    Returns
    -------
    float
        One over the upper quartile of the steepest slopes beside the surface, of values smoothed by a Gaussian of one
        voxel: 2.5 voxels for a sharp face (√2π), √(2π (1 + σ²)) for one blurred by σ. NaN without a surface.
    """
    from scipy.ndimage import binary_dilation, binary_erosion, gaussian_gradient_magnitude

    shell = binary_dilation(sample) & ~binary_erosion(sample, border_value=1)
    if np.count_nonzero(shell) < _FEWEST_VOXELS:
        return float("nan")
    # What goes on beyond the field has no slope there.
    slope = gaussian_gradient_magnitude(voxel_values, 1.0, mode="nearest")[shell]
    steep = float(np.percentile(slope, 75))
    return 1 / steep if steep > 0 else float("nan")
