"""Voxel values made indifferent to scale and offset, before any network sees them.

Beamlines and reconstructions give voxel values that differ by orders of magnitude, so air is put at 0 and the middle of
the sample at 1. Both levels are estimated from the volume itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

CLIP = (-3.0, 5.0)
_SMOOTHING_VOXELS = 1.5
_BINS = 256
_SMALLEST_SAMPLE = 0.03
_HALO_VOXELS = 5
_TWO_CLASSES = 0.75
_WIDER_PERCENTILE = 99.99
_FAINTEST = 1 / 30
_BLUR_VOXELS = 3  # what blur leaves beside a small sample is no thicker than twice this
_SMALLEST_BODY = 100  # voxels, of a body less its outermost
_FAR_BRIGHTER = 1 / 8  # no drop is so much brighter than its mount; metal and salt are
_SMALLEST_BODY_SHARE = 0.15  # of the same of what is set aside, where that is not far brighter
_DISC_AGREEMENT = 0.97


@dataclass(frozen=True)
class ValueLevels:
    """Levels found in a volume, in its own units.

    Parameters
    ----------
    air : float
        Voxel value that becomes 0, in the unit of the volume.
    sample : float
        Voxel value that becomes 1, in the unit of the volume.
    """

    air: float
    sample: float

    def apply(self, data: NDArray[Any]) -> NDArray[np.float32]:
        """Return ``(data - air) / (sample - air)`` clipped to :data:`CLIP`, same shape, float32."""
        scaled = (np.asarray(data, dtype=np.float64) - self.air) / (self.sample - self.air)
        return np.clip(scaled, *CLIP).astype(np.float32)


def normalise(data: NDArray[Any]) -> NDArray[np.float32]:
    """Put air at 0 and the middle of the sample at 1.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        Voxel values of any scale and offset, at the resolution that the network works at.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
        Voxel values from -3 to 5. The same for ``a * data + b`` with any a > 0 and b. Voxels outside a circular
        reconstruction mask become 0, as air.

    Raises
    ------
    InputError
        The volume is constant.
    """
    data = np.asarray(data)
    outside = outside_circle(data)
    levels = find_levels(data, outside)
    normalised = levels.apply(data)
    normalised[:, outside] = 0.0
    return normalised


def find_levels(data: NDArray[Any], outside: NDArray[np.bool_] | None = None) -> ValueLevels:
    """Find the voxel values of air and of the sample.

    The voxel values between the 0.5 and 99.5 percentiles are smoothed lightly (for this estimate only), Otsu's
    threshold parts them, and the medians of the two sides are the levels. Where the upper side holds less than 3 % of
    the field (a metal pin, salt), it is set aside with its surroundings and the rest is parted again, as long as that
    still falls into two classes: the ratio of the variance between classes to the whole, 0.64 for one Gaussian peak,
    must exceed 0.75. The upper class must be a body, not a shell, and reach a thirtieth of the height of what was set
    aside, or that was the sample itself; where it reaches more than an eighth, as the mount of a small drop does, it
    must not be far smaller either. A sample smaller than what the percentiles clip is looked for up to the 99.99th.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        Voxel values.
    outside : ndarray of bool, shape (y, x), optional
        Columns that were not reconstructed, left out of the estimate.

    Returns
    -------
    ValueLevels
        With z-scores (mean and standard deviation) instead where two levels cannot be told apart.

    Raises
    ------
    InputError
        The volume is constant.
    """
    from scipy.ndimage import binary_dilation, binary_erosion

    lowest, highest = float(data.min()), float(data.max())
    if not highest > lowest:
        raise InputError(
            f"Every voxel of the volume is {lowest:g}, so there is nothing to segment; check the reconstruction."
        )
    inside = np.ones(data.shape[1:], dtype=bool) if outside is None else ~outside
    # In units of the full range, so that no later rounding depends on the scale.
    unit = (data.astype(np.float64) - lowest) / (highest - lowest)
    low, high = np.percentile(unit[:, inside], (0.5, 99.5))
    if not high > low:
        values = unit[:, inside]
        spread = float(values.std())
        if spread == 0:
            low, high, spread = 0.0, 1.0, 1.0
        mean = float(values.mean())
        return ValueLevels(
            lowest + (highest - lowest) * (mean - spread / 2), lowest + (highest - lowest) * (mean + spread / 2)
        )
    smooth = _smoothed(unit, low, high, inside)
    considered = np.broadcast_to(inside, smooth.shape)
    threshold, separation = _otsu(smooth[considered])
    if separation < _TWO_CLASSES:
        # A sample that takes less of the field than what was clipped?
        wider = _smoothed(unit, low, float(np.percentile(unit[:, inside], _WIDER_PERCENTILE)), inside)
        found = _otsu(wider[considered])
        if found[1] >= _TWO_CLASSES:
            smooth, threshold = wider, found[0]
    for _ in range(6):
        bright = considered & (smooth > threshold)
        if np.count_nonzero(bright) >= _SMALLEST_SAMPLE * np.count_nonzero(considered):
            break
        # Without what is too bright, nor the halo that smoothing gave it.
        rest = considered & ~binary_dilation(bright, iterations=_HALO_VOXELS)
        if np.count_nonzero(rest) < considered.size // 2:
            break
        next_threshold, separation = _otsu(smooth[rest])
        if separation < _TWO_CLASSES:
            break
        # What is left beside a pin or a grain of salt is a drop, a body; beside a small sample it is its blur.
        body = rest & (smooth > next_threshold)
        air = float(np.median(smooth[considered & ~bright]))
        inner = np.count_nonzero(binary_erosion(body, iterations=_BLUR_VOXELS))
        if inner < _SMALLEST_BODY:
            break
        height = (np.median(smooth[body]) - air) / (np.median(smooth[bright]) - air)
        set_aside = np.count_nonzero(binary_erosion(bright, iterations=_BLUR_VOXELS))
        # A small drop beside its dim mount, not a pin beside its drop?
        if height < _FAINTEST or (height > _FAR_BRIGHTER and inner < _SMALLEST_BODY_SHARE * set_aside):
            break
        considered, threshold = rest, next_threshold
    values = smooth[considered]
    above = values > threshold
    air, sample = float(np.median(values[~above])), float(np.median(values[above]))
    return ValueLevels(lowest + (highest - lowest) * air, lowest + (highest - lowest) * sample)


def _smoothed(unit: NDArray[np.float64], low: float, high: float, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Clip and smooth; columns outside of a mask are levelled, or smoothing would carry its value over its edge."""
    from scipy.ndimage import gaussian_filter

    clipped = np.clip(unit, low, high)
    if not inside.all():
        clipped[:, ~inside] = np.median(clipped[:, inside])
    return np.asarray(gaussian_filter(clipped.astype(np.float32), _SMOOTHING_VOXELS), dtype=np.float64)


def outside_circle(data: NDArray[Any]) -> NDArray[np.bool_]:
    """Find the columns outside a circular reconstruction mask.

    Such a mask has one exact value, the same in every slice, and leaves a disc. Air of exactly one value (a volume
    without noise, or clipped at zero) does not leave a disc and is not taken for a mask.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        Voxel values.

    Returns
    -------
    ndarray of bool, shape (y, x)
        True outside the mask's disc; all False where there is no mask.
    """
    from scipy.ndimage import binary_dilation

    _, rows, columns = data.shape
    nothing = np.zeros((rows, columns), dtype=bool)
    if rows < 8 or columns < 8:
        return nothing
    value = data[0, 0, 0]
    # Averaging equal values while resampling may move the last digit.
    tolerance = 1e-6 * float(data.max() - data.min()) if np.issubdtype(data.dtype, np.floating) else 0
    constant = np.ones((rows, columns), dtype=bool)
    for section in data:
        constant &= np.abs(section.astype(np.float64) - float(value)) <= tolerance
        if not (constant[0, 0] and constant[0, -1] and constant[-1, 0] and constant[-1, -1]):
            return nothing
    kept = ~constant
    if not 0.3 <= kept.mean() <= 0.97:
        return nothing
    y, x = np.nonzero(kept)
    squared_radius = kept.sum() / np.pi
    grid_y, grid_x = np.ogrid[:rows, :columns]
    disc = (grid_y - y.mean()) ** 2 + (grid_x - x.mean()) ** 2 <= squared_radius
    if np.count_nonzero(disc & kept) < _DISC_AGREEMENT * np.count_nonzero(disc | kept):
        return nothing
    # The rim was averaged with the mask's value.
    outside: NDArray[np.bool_] = binary_dilation(constant, iterations=2)
    return outside


def _otsu(values: NDArray[np.float64]) -> tuple[float, float]:
    """Otsu's threshold (1979) and the share of the variance that lies between the two classes."""
    counts, edges = np.histogram(values, bins=_BINS)
    centres = (edges[:-1] + edges[1:]) / 2
    share = counts / counts.sum()
    weight = np.cumsum(share)[:-1]
    moment = np.cumsum(share * centres)[:-1]
    mean = float((share * centres).sum())
    between = (mean * weight - moment) ** 2 / np.maximum(weight * (1 - weight), 1e-12)
    # Empty bins between two peaks all score the same: take the middle of them.
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    variance = float((share * (centres - mean) ** 2).sum())
    threshold = float((edges[best[0] + 1] + edges[best[-1] + 1]) / 2)
    return threshold, float(between.max()) / variance if variance > 0 else 0.0
