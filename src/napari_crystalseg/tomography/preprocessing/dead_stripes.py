"""Dead stripes: neighbouring columns of a sinogram that show nothing of the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Columns on either side that a stripe is compared with; stripes of up to about half of it are found.
_BESIDE = 40
# A column that changes over the angles by less than this share of what the columns on both sides do is dead.
_DEAD = 0.25
# A stripe's blur ends where the median steps from column to column by less than this many times the usual.
_STEP = 4.0
# Beyond its blur a dead stripe's neighbours change as others do; the dip about the rotation axis is smooth.
_ABRUPT = 0.5


def dead_columns(sinogram: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Find columns that keep their value while their neighbours on both sides change.

    Parameters
    ----------
    sinogram : ndarray of float32, shape (angle, column)
        Line integrals.

    Returns
    -------
    ndarray of bool, shape (column,)
    """
    # Angles last: medians of contiguous values are many times faster.
    middle = np.median(np.ascontiguousarray(sinogram.T), axis=1)
    change = np.std(sinogram - middle, axis=0)
    width = len(change)
    beside = min(_BESIDE, width // 3)
    dead = np.zeros(width, dtype=bool)
    if beside < 4:
        return dead
    usual = np.full(width, np.inf)
    medians = np.median(np.lib.stride_tricks.sliding_window_view(change, beside), axis=1)
    # Of the columns before each one, and of those behind it.
    usual[beside : width - beside] = np.minimum(medians[: width - 2 * beside], medians[beside + 1 :])
    flat = np.concatenate([[False], np.where(np.isfinite(usual), change < _DEAD * usual, False), [False]])
    edges = np.flatnonzero(np.diff(flat.astype(int)))
    steps = np.abs(np.diff(middle))
    for first, last in zip(edges[::2], edges[1::2] - 1, strict=True):
        low, high = _without_blur(steps, first, last, beside)
        around = change[max(low - 1, 0)], change[min(high + 1, width - 1)]
        dead[low : high + 1] |= min(around) > _ABRUPT * usual[first : last + 1].max()
    # More than a third of the field is no stripe.
    return dead if dead.mean() < 1 / 3 else np.zeros(width, dtype=bool)


def _without_blur(steps: NDArray[np.floating], first: int, last: int, beside: int) -> tuple[int, int]:
    """First and last column of a stripe with the blur at its edges; ``steps[c]`` is between columns c and c + 1."""
    usual = np.median(np.concatenate([steps[max(first - beside, 0) : first], steps[last : last + beside]]))
    while first > 1 and steps[first - 1] > _STEP * usual:
        first -= 1
    while last < len(steps) - 1 and steps[last] > _STEP * usual:
        last += 1
    # The column at the foot of the slope is still touched by it.
    return max(first - 1, 0), min(last + 1, len(steps))


def bridge_dead_stripes(line_integrals: NDArray[np.float32]) -> NDArray[np.float32]:
    """Draw straight lines across dead stripes, from the last good column to the next one at every angle.

    Parameters
    ----------
    line_integrals : ndarray of float32, shape (angle, row, column)
        Minus the logarithm of the transmission.

    Returns
    -------
    ndarray of float32, shape (angle, row, column)
        The array given, where nothing is dead; else a new one.
    """
    mended = line_integrals
    place = np.arange(line_integrals.shape[2])
    for row in range(line_integrals.shape[1]):
        dead = dead_columns(line_integrals[:, row])
        if not dead.any():
            continue
        if mended is line_integrals:
            mended = line_integrals.copy()
        good = place[~dead]
        above = np.searchsorted(good, place[dead]).clip(1, len(good) - 1)
        low, high = good[above - 1], good[above]
        share = ((place[dead] - low) / (high - low)).astype(np.float32)
        sinogram = line_integrals[:, row]
        mended[:, row, dead] = sinogram[:, low] + share * (sinogram[:, high] - sinogram[:, low])
    return mended
