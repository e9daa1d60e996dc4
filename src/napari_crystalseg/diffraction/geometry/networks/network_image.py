"""What a network is shown of an image: a small square grid of the logarithm of its counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = 128
_FLOOR = 0.3
_CLIP = 5.0


@dataclass(frozen=True, eq=False)
class NetworkImage:
    """An image on the grid of the networks.

    Parameters
    ----------
    values : ndarray of float32, shape (grid, grid)
        Logarithm of the mean counts in a cell, less its median and over its spread; 0 without a measurement.
    cell_px : float
        Pixels along the side of a cell.
    corner_px : (float, float)
        Where the grid begins, (fast, slow), in pixels of the image.
    """

    values: NDArray[np.float32]
    cell_px: float
    corner_px: tuple[float, float]

    @classmethod
    def of(cls, counts: NDArray[np.float32], mask: NDArray[np.bool_], grid: int = GRID) -> NetworkImage:
        """Bin an image onto the grid, centred, its longer side filling it.

        Parameters
        ----------
        counts, mask : ndarray, shape (slow, fast)
            Counts, and True where there is no measurement.
        grid : int
            Cells along each side.
        """
        slow, fast = counts.shape
        cell = max(slow, fast) / grid
        corner = ((fast - cell * grid) / 2, (slow - cell * grid) / 2)
        row = np.clip(((np.arange(slow) + 0.5 - corner[1]) / cell).astype(np.int64), 0, grid - 1)
        column = np.clip(((np.arange(fast) + 0.5 - corner[0]) / cell).astype(np.int64), 0, grid - 1)
        used = ~mask
        # Rows first: sums over runs of rows and columns of the same cell.
        number = _sum(_sum(used.astype(np.float32), row, grid, 0), column, grid, 1)
        total = _sum(_sum(np.where(used, counts, 0).astype(np.float32), row, grid, 0), column, grid, 1)
        return cls(standardised(total, number), cell, corner)

    def pixel_of(self, centre: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places in pixels (fast, slow) of places on the grid in half widths from its middle, shape (..., 2)."""
        half = self.values.shape[0] * self.cell_px / 2
        return np.asarray(np.asarray(self.corner_px) + half + np.asarray(centre) * half)


def standardised(total: NDArray[np.floating], number: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the logarithm of the mean counts of cells, less its median and over its spread, bounded.

    Parameters
    ----------
    total, number : ndarray, shape (grid, grid)
        Counts of each cell, and pixels that were measured in it.
    """
    inside = number > 0.3 * max(float(number.max()), 1e-9)
    rate = np.where(inside, total / np.maximum(number, 1e-9), 0)
    if not inside.any():
        return np.zeros(total.shape, np.float32)
    # Counts of the background are of any size: its median tells which are small.
    floor = _FLOOR * max(float(np.median(rate[inside])), float(rate[inside].mean()) * 0.1, 1e-6)
    values = np.log(np.maximum(rate, 0) + floor)
    median = float(np.median(values[inside]))
    spread = max(float(np.percentile(values[inside], 84) - np.percentile(values[inside], 16)) / 2, 1e-3)
    scaled = np.where(inside, np.clip((values - median) / spread, -_CLIP, _CLIP), 0)
    return scaled.astype(np.float32)


def _sum(values: NDArray[np.float32], group: NDArray[np.int64], grid: int, axis: int) -> NDArray[np.float32]:
    """Sums of neighbours of one group along an axis; groups without any are 0."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    summed = np.add.reduceat(values, starts, axis=axis)
    shape = list(values.shape)
    shape[axis] = grid
    out = np.zeros(shape, np.float32)
    out[(slice(None),) * axis + (group[starts],)] = summed
    return out
