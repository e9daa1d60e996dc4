"""The rotation axis of a full turn from what projections half a turn apart see of the same rays.

At the right column projection φ and the mirrored projection φ + 180° are the same where both see the sample. Unlike the
reconstructions that :mod:`~.centre` judges, this holds wherever in the field the axis is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .half_acquisition import partners

_MOST_PAIRS = 180
_COARSE_COLUMNS = 256
# Columns that must be seen twice for a comparison.
_LEAST_OVERLAP = 4
# Of the variance of all: so that two pieces in which nothing is to be seen do not pass for the same.
_FLOOR = 0.01
# Smoothing before the last look, columns: the sum of squares is then a parabola about its least value.
_SMOOTH_PX = 1.0


class Overlap:
    """Compares the projections of a full turn with those half a turn on.

    Parameters
    ----------
    bands : ndarray of float32, shape (angle, band, column)
        Mean line integrals of bands of rows.
    angles_deg : ndarray, shape (angle,)
        A full turn.
    """

    def __init__(self, bands: NDArray[np.float32], angles_deg: NDArray[np.float64]) -> None:
        hosts, before, after, share = partners(angles_deg)
        some = slice(None, None, -(-len(hosts) // _MOST_PAIRS))
        part = share[some, np.newaxis, np.newaxis].astype(np.float32)
        self._one = bands[hosts[some]]
        self._other = (1 - part) * bands[before[some]] + part * bands[after[some]]

    def centre_px(self) -> float:
        """Column of the axis where projections and mirrored ones agree best."""
        from scipy.ndimage import gaussian_filter1d

        width = self._one.shape[2]
        bin_px = -(-width // _COARSE_COLUMNS)
        one, other = (_binned(frames, bin_px) for frames in (self._one, self._other))
        columns = one.shape[2]
        sums = np.arange(_LEAST_OVERLAP, 2 * columns - 1 - _LEAST_OVERLAP)
        found = int(sums[np.argmin(_differences(one, other, sums))])
        # Of binned columns the first has its middle (bin_px - 1) / 2 behind that of its first pixel.
        middle = found * bin_px + bin_px - 1
        one, other = (gaussian_filter1d(frames, _SMOOTH_PX, axis=2) for frames in (self._one, self._other))
        margin = 2 * bin_px + 2
        sums = np.arange(max(middle - margin, _LEAST_OVERLAP), min(middle + margin, 2 * width - 2 - _LEAST_OVERLAP) + 1)
        curve = _differences(one, other, sums)
        least = int(np.argmin(curve))
        near = slice(max(least - 2, 0), least + 3)
        if len(sums[near]) >= 3:
            bend, slope, _ = (float(value) for value in np.polyfit(sums[near] - sums[least], curve[near], 2))
            if bend > 0:
                vertex = float(sums[least]) - slope / (2 * bend)
                return float(np.clip(vertex, sums[near][0], sums[near][-1])) / 2
        return float(sums[least]) / 2

    def difference(self, centre_px: float) -> float:
        """Mean square of what projections and mirrored ones differ by, over the variance of what both see."""
        sums = np.array([int(np.floor(2 * centre_px)), int(np.ceil(2 * centre_px))])
        return float(_differences(self._one, self._other, sums).min())


def _differences(one: NDArray[np.float32], other: NDArray[np.float32], sums: NDArray[np.intp]) -> NDArray[np.float64]:
    """For each sum of two columns that would be the same ray."""
    width = one.shape[2]
    floor = _FLOOR * float(one.var())
    found = np.empty(len(sums))
    for number, total in enumerate(sums):
        first, last = max(0, total - width + 1), min(width - 1, total)
        seen, mirrored = one[:, :, first : last + 1], other[:, :, total - last : total - first + 1][:, :, ::-1]
        both = seen + mirrored
        varies = float(((both - both.mean(axis=(0, 2), keepdims=True)) ** 2).mean()) / 4
        found[number] = (float(((seen - mirrored) ** 2).mean()) + floor) / (varies + floor)
    return found


def _binned(frames: NDArray[np.float32], bin_px: int) -> NDArray[np.float32]:
    columns = frames.shape[2] // bin_px
    binned: NDArray[np.float32] = (
        frames[:, :, : columns * bin_px].reshape(*frames.shape[:2], columns, bin_px).mean(axis=3)
    )
    return binned
