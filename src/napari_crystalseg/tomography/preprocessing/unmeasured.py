"""Pixels of a detector that measure nothing: gaps between modules, masked, dead and stuck ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...scan import Scan

# Projections that are looked at: the same counts in so many are no chance.
_FRAMES = 48
_FEWEST_FRAMES = 8
# Where the counts of a usual pixel take fewer values than this, the same count in all frames says nothing.
_FEWEST_COUNTS = 8
# More pixels than this that keep a count of no meaning are no defect of single pixels, but a scan without noise.
_MOST_STUCK = 0.2
_LARGEST = [2**bits - less for bits in (8, 16, 31, 32) for less in (1, 2)]


def not_there(dtype: np.dtype[Any]) -> tuple[float, ...]:
    """Values that stand for "no measurement" in counts of a type, beside NaN and infinity.

    The largest integer, the one below it (bad pixels, beside gaps), −1 and −2, and the least integer; in floats these
    of all integers.
    """
    if np.issubdtype(dtype, np.integer):
        info = np.iinfo(dtype)
        signed = (-1, -2, info.min) if info.min < 0 else ()
        return tuple(float(value) for value in (info.max, info.max - 1, *signed))
    return tuple(float(value) for value in (-1, -2, -(2**31), *_LARGEST))


def unmeasured_pixels(scan: Scan) -> NDArray[np.bool_]:
    """Find pixels that measure nothing, shape (row, column).

    They are NaN or infinite in a frame, hold the value for "not there" in all projections, hold zero in all projections
    and flats, or hold the same count in all projections while others do not.

    Parameters
    ----------
    scan : Scan
        The scan without frames that have no light. Of integers some projections are looked at, of floats all.
    """
    count = len(scan.projections)
    low, high, bad = _range(scan.projections, most=_FRAMES)
    flat_low, flat_high, bad_flats = _range(scan.flats)
    bad |= bad_flats | _range(scan.darks)[2]
    same = low == high
    if count > 1:
        bad |= same & np.isin(low, not_there(scan.projections.dtype))
        bad |= same & (low == 0) & (flat_low == flat_high) & (flat_low == 0)
        bad |= (flat_low == flat_high) & np.isin(flat_low, not_there(scan.flats.dtype)) & (len(scan.flats) > 1)
    with np.errstate(invalid="ignore"):
        # Of a pixel that is infinite throughout there is none.
        spread = high - low
    known = spread[np.isfinite(spread)]
    if count >= _FEWEST_FRAMES and known.size and np.median(known) >= _FEWEST_COUNTS:
        stuck = same & (low != 0) & ~bad
        if stuck.mean() < _MOST_STUCK:
            bad |= stuck
    return bad


def _range(frames: Any, most: int | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Least and largest value of each pixel, and which are not finite somewhere."""
    floats = np.issubdtype(frames.dtype, np.floating)
    every = 1 if most is None or floats else max(1, len(frames) // most)
    low = np.full(frames.shape[1:], np.inf)
    high = np.full(frames.shape[1:], -np.inf)
    # Few at a time: of frames in a file a step would read all between.
    numbers = np.arange(0, len(frames), every)
    at_once = max(1, 2**26 // max(1, frames.nbytes // len(frames)))
    for first in range(0, len(numbers), at_once):
        block = frames[numbers[first : first + at_once]]
        # NaN passes through both.
        np.minimum(low, block.min(axis=0), out=low)
        np.maximum(high, block.max(axis=0), out=high)
    return low, high, ~(np.isfinite(low) & np.isfinite(high))
