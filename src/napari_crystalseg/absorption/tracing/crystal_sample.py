"""Which crystal voxels stand for the crystal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Labels, Material
from ..single_slice import refuse_single_slice

SMALLEST_SAMPLE = 128


@dataclass(frozen=True, eq=False)
class CrystalSample:
    """Crystal voxels to trace from.

    Parameters
    ----------
    points : ndarray of int64, shape (point, 3)
        Voxel indices (z, y, x). Sampled ones come in pairs: rows 2s and 2s + 1 are drawn from stratum s.
    weights : ndarray of float64, shape (point,)
        Crystal voxels that each point stands for; they add up to the crystal.
    pair_weights : ndarray of float64, shape (point // 2,)
        Factor of the squared difference of a pair in the variance of the weighted sum; empty where all voxels are
        taken, as there is no sampling error then.
    """

    points: NDArray[np.int64]
    weights: NDArray[np.float64]
    pair_weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.points)

    def thinned(self, n: int) -> CrystalSample:
        """Return about ``n`` of the points, whole pairs, with weights scaled so that they still make the crystal."""
        step = len(self) // n
        if step < 2:
            return self
        kept = np.arange(0, len(self) - 1, 2 * step)
        both = np.stack([kept, kept + 1], axis=1).reshape(-1)
        weights = self.weights[both] * (self.weights.sum() / self.weights[both].sum())
        return CrystalSample(self.points[both], weights, np.empty(0))


class CrystalVoxels:
    """The crystal voxels of a label volume, to draw samples from.

    Only how many there are in each plane is kept, and samples are drawn slab by slab: a list of them all would take
    several times the memory of the labels.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.

    Raises
    ------
    InputError
        No crystal, or a single slice.
    """

    def __init__(self, labels: Labels) -> None:
        refuse_single_slice(labels)
        data = labels.data
        counts = np.zeros(len(data), dtype=np.int64)
        across = np.zeros(data.shape[1:], dtype=bool)
        for k, plane in enumerate(data):
            crystal = plane == Material.CRYSTAL
            counts[k] = np.count_nonzero(crystal)
            across |= crystal
        if not counts.any():
            raise InputError("The labels hold no crystal (class 3), so there is nothing to correct; label the crystal.")
        spans = [
            (int(where[0]), int(where[-1]) + 1) for where in map(np.flatnonzero, (counts, across.any(1), across.any(0)))
        ]
        self._low = np.array([start for start, _ in spans])
        self._data = data[tuple(slice(*span) for span in spans)]
        # Crystal voxels before each plane, in raster order.
        self._before = np.concatenate([[0], np.cumsum(counts[slice(*spans[0])])])
        self._extent_um = np.array(self._data.shape) * labels.required_voxel_size_um
        self.touches_border = bool((self._low == 0).any() or (self._low + self._data.shape == data.shape).any())

    def __len__(self) -> int:
        return int(self._before[-1])

    def everything(self) -> CrystalSample:
        """Take every crystal voxel."""
        points = self._points(self._numbers(0, len(self)))
        return CrystalSample(points, np.ones(len(points)), np.empty(0))

    def numbered(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the voxels (z, y, x) of these numbers in raster order; the numbers rise."""
        first, last = int(numbers[0]), int(numbers[-1])
        return self._points(self._numbers(first, last + 1)[numbers - first])

    def draw(self, n: int, rng: np.random.Generator) -> CrystalSample:
        """Draw about ``n`` voxels: two at random, without replacement, from each of n/2 compact strata.

        The strata are made by cutting the crystal along axis 0, then each slab along axis 1 and each of these along
        axis 2, into parts of equal numbers of voxels. As A varies smoothly over the crystal, two voxels of a stratum
        differ little, and the error falls faster than with voxels drawn from the whole crystal. The variance of the
        total is, with N_s voxels in stratum s (Cochran 1977, Sampling Techniques, ch. 5; n_s = 2),

            sum over s of N_s^2 (1 - 2 / N_s) (a_s1 - a_s2)^2 / 4.

        Parameters
        ----------
        n : int
            Voxels wanted. All are taken where that is more than half of the crystal.
        rng : numpy.random.Generator
            Randomness.
        """
        total = len(self)
        if 2 * n > total:
            return self.everything()
        cuts = self._cuts(max(n // 2, 1))
        slabs = _divided(np.array([0, total]), cuts[0])
        columns = _divided(slabs, cuts[1])
        strata = _divided(columns, cuts[2])
        sizes = np.diff(strata)
        first = rng.integers(0, sizes)
        second = rng.integers(0, sizes - 1)
        second += second >= first
        places = strata[:-1, np.newaxis] + np.stack([first, second], axis=1)
        points = np.empty((len(sizes), 2, 3), dtype=np.int64)
        shape = self._data.shape
        short = [np.min_scalar_type(n) for n in shape]
        for start, stop in pairwise(slabs):
            slab = self._numbers(start, stop)
            # Short integers, which NumPy sorts by their digits.
            y, x = (slab // shape[2] % shape[1]).astype(short[1]), (slab % shape[2]).astype(short[2])
            order = np.argsort(y, kind="stable")
            x = x[order]
            for a, b in pairwise(columns[(columns >= start) & (columns <= stop)] - start):
                order[a:b] = order[a:b][np.argsort(x[a:b], kind="stable")]
            here = slice(*np.searchsorted(strata, (start, stop)))
            points[here] = self._points(slab[order[places[here] - start]])
        return CrystalSample(points.reshape(-1, 3), np.repeat(sizes / 2.0, 2), sizes * (sizes - 2.0) / 4.0)

    def _numbers(self, start: int, stop: int) -> NDArray[np.int64]:
        """Places in the crystal's box, in raster order, of crystal voxels ``start`` to before ``stop``."""
        first = int(np.searchsorted(self._before, start, side="right")) - 1
        last = int(np.searchsorted(self._before, stop))
        found = np.flatnonzero(self._data[first:last] == Material.CRYSTAL)
        found += first * self._data[0].size
        return found[start - self._before[first] : stop - self._before[first]]

    def _points(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Voxels (z, y, x) of the label volume at these places in the crystal's box."""
        points: NDArray[np.int64] = (
            np.stack(np.unravel_index(numbers, self._data.shape), axis=-1).astype(np.int64) + self._low
        )
        return points

    def _cuts(self, count: int) -> tuple[int, int, int]:
        """Parts along each axis that make the strata near to cubes.

        A stratum holds at least 2 of the 4 n_s voxels that there are for each, because the three numbers multiply to
        at most 1.5 times ``count``.
        """
        side = (np.prod(self._extent_um) / count) ** (1 / 3)
        cuts_z = int(np.clip(round(self._extent_um[0] / side), 1, count))
        cuts_y = int(np.clip(round(self._extent_um[1] / side), 1, max(count // cuts_z, 1)))
        return cuts_z, cuts_y, max(round(count / (cuts_z * cuts_y)), 1)


def _divided(bounds: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Bounds of runs, each of which is cut into so many parts of equal size."""
    inner = bounds[:-1, np.newaxis] + np.diff(bounds)[:, np.newaxis] * np.arange(parts) // parts
    return np.append(inner.reshape(-1), bounds[-1])
