"""Rings that are no spots: sharp rings of powder or ice, and crowds of grains of ice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ICE_SPACINGS_A = (3.895, 3.661, 3.438, 2.667, 2.249, 2.068, 1.947, 1.916, 1.882, 1.719)
"""Strong rings of hexagonal ice, Å."""

RING_WIDTH = 0.012
"""Half the width of a ring of ice, a part of its spacing."""

CROWD, CROWD_SIGMA = 5, 4.0
"""Spots, and standard deviations above what the spacings about a ring hold, from which on they are a crowd."""

SHARP, SHARP_SIGMA, NEIGHBOURS = 1.1, 4.0, 31
"""A ring is sharp where its mean is above the median of its neighbours by a part and by standard errors."""

BANDS, FEWEST = 6, 8
"""Bands of rows in most of which a ring is seen, and pixels of a ring that a band must have."""


def sharp_ring_limits(
    two_theta: NDArray[np.float64],
    values: NDArray[np.float64],
    usable: NDArray[np.bool_],
    bin_rad: float,
    sigmas: float,
    gain: float,
) -> NDArray[np.float64]:
    """Give the value that a pixel must pass to stand out of the sharp ring that it lies on.

    The mean and the spread of each ring are taken twice, the second time without what lies above the first limit, so
    that spots on a ring do not raise it.

    Parameters
    ----------
    two_theta : ndarray, shape (slow, fast)
        Scattering angle of each pixel, radians.
    values : ndarray, shape (slow, fast)
        Values of the image.
    usable : ndarray of bool, shape (slow, fast)
        Pixels that count.
    bin_rad : float
        Width of a ring, about a pixel.
    sigmas : float
        Standard deviations above the mean of the ring.
    gain : float
        Values for each count.

    Returns
    -------
    ndarray, shape (slow, fast)
        Limits; minus infinity where no ring is sharp.
    """
    ring = (two_theta / bin_rad).astype(np.int64)
    flat, inside = ring.ravel(), usable.ravel()
    numbers, counts = flat[inside], values.ravel()[inside]
    bins = int(flat.max()) + 1
    limit = np.full(bins, np.inf)
    for _ in range(2):
        kept = counts <= limit[numbers]
        n = np.bincount(numbers[kept], minlength=bins)
        many = np.maximum(n, 1)
        mean = np.bincount(numbers[kept], counts[kept], bins) / many
        spread = np.sqrt(np.maximum(np.bincount(numbers[kept], counts[kept] ** 2, bins) / many - mean**2, 0))
        spread = np.maximum(spread, np.sqrt(gain * np.maximum(mean, 0)))
        limit = mean + sigmas * spread
    # Of bands of the image, the middle one: a ring is in all, a spot in one.
    rows = np.nonzero(usable)[0] * BANDS // max(usable.shape[0], 1)
    kept = counts <= limit[numbers]
    cells = numbers[kept] * BANDS + rows[kept]
    there = np.bincount(cells, minlength=bins * BANDS).reshape(bins, BANDS)
    sums = np.bincount(cells, counts[kept], bins * BANDS).reshape(bins, BANDS)
    bands = np.where(there >= FEWEST, sums / np.maximum(there, 1), np.nan)
    middle = np.zeros(bins)
    some = np.isfinite(bands).any(axis=1)
    middle[some] = np.nanmedian(bands[some], axis=1)
    level = _running_median(mean, n > 0)
    error = spread / np.sqrt(many)
    sharp = (n > NEIGHBOURS) & (mean > SHARP * level) & (mean > level + SHARP_SIGMA * error)
    sharp &= middle > level + SHARP_SIGMA / 2 * error
    # Its flanks are part of it.
    sharp = np.convolve(sharp, np.ones(3), "same") > 0
    limits: NDArray[np.float64] = np.where(sharp, limit, -np.inf)[ring]
    return limits


def _running_median(profile: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Median of as many neighbours on either side, fewer towards the ends, where a profile falls or rises steeply."""
    filled = np.where(known, profile, np.nan)
    half = NEIGHBOURS // 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(filled, half, constant_values=np.nan), NEIGHBOURS).copy()
    places = np.flatnonzero(known)
    if not len(places):
        return np.zeros(len(profile))
    index = np.arange(len(profile))
    reach = np.minimum(np.minimum(index - places[0], places[-1] - index), half)
    windows[np.abs(np.arange(-half, half + 1))[np.newaxis] > reach[:, np.newaxis]] = np.nan
    medians = np.zeros(len(profile))
    some = np.isfinite(windows).any(axis=1)
    medians[some] = np.nanmedian(windows[some], axis=1)
    return medians


def crowded_on_ice(
    resolution_a: NDArray[np.float64], pixel_spacing_a: NDArray[np.float64], usable: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which spots are crowded at the spacing of a ring of ice.

    Spots on the ring are held against those at spacings about it, by the pixels of either.

    Parameters
    ----------
    resolution_a : ndarray, shape (spot,)
        Spacing of each spot, Å.
    pixel_spacing_a : ndarray, shape (slow, fast)
        Spacing of each pixel, Å.
    usable : ndarray of bool, shape (slow, fast)
        Pixels that count.

    Returns
    -------
    ndarray of bool, shape (spot,)
        True for spots of a crowd.
    """
    crowded = np.zeros(len(resolution_a), dtype=bool)
    if len(resolution_a) < CROWD:
        return crowded
    pixels = np.sort(pixel_spacing_a[usable])
    for ice in ICE_SPACINGS_A:
        on = np.abs(resolution_a / ice - 1) < RING_WIDTH
        if on.sum() < CROWD:
            continue
        near = (np.abs(resolution_a / ice - 1) < 5 * RING_WIDTH) & ~on_ice(resolution_a)
        edges = ice * (1 + RING_WIDTH * np.array([-5, -1, 1, 5]))
        low, left, right, high = np.searchsorted(pixels, edges)
        beside = (left - low) + (high - right)
        expected = near.sum() * (right - left) / max(beside, 1)
        if on.sum() > expected + CROWD_SIGMA * np.sqrt(max(expected, 1)):
            crowded |= on
    return crowded


def on_ice(spacing_a: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether spacings, Å, any shape, are those of rings of hexagonal ice."""
    on = np.zeros(spacing_a.shape, dtype=bool)
    for ice in ICE_SPACINGS_A:
        on |= np.abs(spacing_a / ice - 1) < RING_WIDTH
    return on
