"""Gaps between the modules of a detector, and other wide places without a measurement, filled along rows or columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Dead pixels with good ones as near as this on either side, in lines no longer than that, are no gap: the median of
# their good neighbours stands in.
_NARROW, _SHORT = 2, 8
_LEAST_TRANSMISSION = 1e-5


@dataclass(frozen=True, eq=False)
class Gaps:
    """Pixels to be filled, and the good pixels on either side, across the gap where it is narrowest.

    Parameters
    ----------
    place, before, after : ndarray of int, shape (pixel, 2)
        Row and column of each pixel, ascending by row, and of the two good ones. At an edge of the field both are the
        one that is there.
    share : ndarray of float32, shape (pixel,)
        How much the second counts.
    """

    place: NDArray[np.intp]
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    share: NDArray[np.float32]

    @classmethod
    def of(cls, dead: NDArray[np.bool_]) -> Gaps:
        """Find the gaps among dead pixels, shape (row, column); single ones and short lines are left out."""
        left, right = _nearest_good(dead)
        up, down = (side.T for side in _nearest_good(dead.T))
        rows, columns = np.nonzero(dead)
        sides = np.stack([left[dead], right[dead], up[dead], down[dead]])
        lengths = np.stack([_length(sides[0], sides[1]), _length(sides[2], sides[3])])
        finite = np.where(np.isinf(lengths), max(dead.shape), lengths)
        wide = (finite.min(axis=0) > _NARROW) | (finite.max(axis=0) > _SHORT)
        # Nothing good in row and column: left to the neighbours.
        wide &= (sides >= 0).any(axis=0)
        rows, columns, sides, lengths = rows[wide], columns[wide], sides[:, wide], lengths[:, wide]
        across = lengths[0] <= lengths[1]
        both = np.isinf(lengths).all(axis=0)
        across = np.where(both, (sides[:2] >= 0).any(axis=0), across)
        low, high = np.where(across, sides[0], sides[2]), np.where(across, sides[1], sides[3])
        low, high = np.where(low < 0, high, low), np.where(high < 0, low, high)
        at = np.where(across, columns, rows)
        share = np.where(high > low, (at - low) / np.maximum(high - low, 1), 0.0)
        before = np.stack([np.where(across, rows, low), np.where(across, low, columns)], axis=1)
        after = np.stack([np.where(across, rows, high), np.where(across, high, columns)], axis=1)
        place = np.stack([rows, columns], axis=1)
        return cls(place, before.astype(np.intp), after.astype(np.intp), share.astype(np.float32))

    def __len__(self) -> int:
        return len(self.place)

    def fill(
        self, values: NDArray[np.float32], first: int, read: Callable[[int, int], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """Fill the gaps within a slab of rows: straight lines in the logarithm, from one good pixel to the other.

        Parameters
        ----------
        values : ndarray of float32, shape (angle, row, column)
            Transmission; changed in place.
        first : int
            Number of the first row.
        read : callable
            Gives the transmission of rows from one up to, not with, another, for good pixels beyond the slab.
        """
        last = first + values.shape[1]
        start, stop = np.searchsorted(self.place[:, 0], (first, last))
        if start == stop:
            return values
        some = slice(start, stop)
        filled = np.zeros((len(values), stop - start), dtype=np.float32)
        for ends, share in ((self.before[some], 1 - self.share[some]), (self.after[some], self.share[some])):
            filled += share * np.log(np.maximum(_values_at(values, first, ends, read), _LEAST_TRANSMISSION))
        values[:, self.place[some, 0] - first, self.place[some, 1]] = np.exp(filled)
        return values


def _values_at(
    values: NDArray[np.float32], first: int, places: NDArray[np.intp], read: Callable[[int, int], NDArray[Any]]
) -> NDArray[np.float32]:
    """Values of good pixels, shape (angle, pixel), of the slab or of rows beside it."""
    rows, columns = places.T
    within = (rows >= first) & (rows < first + values.shape[1])
    result = np.empty((len(values), len(places)), dtype=np.float32)
    result[:, within] = values[:, rows[within] - first, columns[within]]
    for row in np.unique(rows[~within]):
        here = rows == row
        result[:, here] = read(int(row), int(row) + 1)[:, 0, columns[here]]
    return result


def _nearest_good(dead: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Column of the nearest good pixel to the left and to the right in each row, -1 where there is none."""
    width = dead.shape[1]
    columns = np.broadcast_to(np.arange(width), dead.shape)
    left = np.maximum.accumulate(np.where(dead, -1, columns), axis=1)
    right = np.minimum.accumulate(np.where(dead, width, columns)[:, ::-1], axis=1)[:, ::-1]
    return left, np.where(right == width, -1, right)


def _length(low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[np.float64]:
    """Dead pixels from one good pixel to the other, infinite where one of them is missing."""
    return np.where((low < 0) | (high < 0), np.inf, (high - low - 1).astype(np.float64))
