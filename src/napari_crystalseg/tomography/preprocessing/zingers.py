"""Zingers: single bright pixels of single projections, where a stray photon hit the detector."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS_AT_ONCE = 32
# Above its surroundings by this factor, and by so many deviations of the noise, a pixel is a zinger.
_BRIGHTER = 1.2
_DEVIATIONS = 6.0
# Triples of neighbouring projections that are looked at to tell whether a scan has any.
_TRIALS = 8


def without_zingers(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Replace values well above both their neighbours in the frame and the same pixel at neighbouring angles.

    Parameters
    ----------
    values : ndarray of float32, shape (angle, row, column)
        Transmission or counts; changed in place.

    Returns
    -------
    ndarray of float32, shape (angle, row, column)
        The same array.
    """
    for first in range(0, values.shape[1], _ROWS_AT_ONCE):
        slab = values[:, max(first - 1, 0) : first + _ROWS_AT_ONCE + 1]
        inside = slice(min(first, 1), min(first, 1) + _ROWS_AT_ONCE)
        hit, around = _find_zingers(slab)
        part = values[:, first : first + _ROWS_AT_ONCE]
        np.copyto(part, around[:, inside], where=hit[:, inside])
    return values


def zinger_share(projections: Any) -> float:
    """Share of pixels and frames that a stray photon hit, judged by a few frames of counts (angle, row, column)."""
    count = len(projections)
    if count < 3:
        return 0.0
    middles = np.unique(np.linspace(1, count - 2, min(_TRIALS, count - 2)).round().astype(int))
    hits = [_find_zingers(projections[m - 1 : m + 2].astype(np.float32))[0][1].mean() for m in middles]
    return float(np.mean(hits))


def _find_zingers(slab: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which pixels were hit, and what their neighbours in the frame say."""
    from scipy.ndimage import median_filter

    around = median_filter(slab, size=(1, 3, 3), mode="mirror")
    # Mirrored, since a repeated end would have the first and last projection judged by themselves.
    before_after = median_filter(slab, size=(3, 1, 1), mode="mirror")
    # Gaps between detector modules may hold what is no number, or nearly none, and say nothing of the noise.
    with np.errstate(invalid="ignore", over="ignore"):
        away = np.abs(slab - around)
        typical = float(np.median(away))
        if not np.isfinite(typical):
            known = away[np.isfinite(away)]
            typical = float(np.median(known)) if known.size else 0.0
        hit = slab > _BRIGHTER * np.maximum(around, before_after) + _DEVIATIONS * 1.4826 * typical
    return hit, around
