"""Which crystal voxels stand for the crystal."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels, Material

SMALLEST_SAMPLE = 128


@dataclass(frozen=True, eq=False)
class Sample:
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

    def thinned(self, n: int) -> Sample:
        """Return about ``n`` of the points, whole pairs, with weights scaled so that they still make the crystal."""
        step = len(self) // n
        if step < 2:
            return self
        kept = np.arange(0, len(self) - 1, 2 * step)
        both = np.stack([kept, kept + 1], axis=1).reshape(-1)
        weights = self.weights[both] * (self.weights.sum() / self.weights[both].sum())
        return Sample(self.points[both], weights, np.empty(0))


class CrystalVoxels:
    """The crystal voxels of a label volume, to draw samples from.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.

    Raises
    ------
    InputError
        No crystal.
    """

    def __init__(self, labels: Labels) -> None:
        # In raster order, so that axis 0 is sorted already.
        where = np.flatnonzero(labels.data.reshape(-1) == Material.CRYSTAL)
        if not where.size:
            raise InputError("The labels hold no crystal (class 3), so there is nothing to correct; label the crystal.")
        self._axes = [axis.astype(np.int32) for axis in np.unravel_index(where, labels.shape)]
        self._extent_um = [(int(np.ptp(a)) + 1) * s for a, s in zip(self._axes, labels.voxel_size_um, strict=True)]
        edge = [(a.min() == 0) or (a.max() == n - 1) for a, n in zip(self._axes, labels.shape, strict=True)]
        self.touches_border = bool(any(edge))

    def __len__(self) -> int:
        return len(self._axes[0])

    def everything(self) -> Sample:
        """Take every crystal voxel."""
        points = np.stack(self._axes, axis=1).astype(np.int64)
        return Sample(points, np.ones(len(points)), np.empty(0))

    def draw(self, n: int, rng: np.random.Generator) -> Sample:
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
        order, bounds = self._strata(max(n // 2, 1))
        sizes = np.diff(bounds)
        first = rng.integers(0, sizes)
        second = rng.integers(0, sizes - 1)
        second += second >= first
        pairs = order[bounds[:-1, np.newaxis] + np.stack([first, second], axis=1)].reshape(-1)
        points = np.stack([axis[pairs] for axis in self._axes], axis=1).astype(np.int64)
        return Sample(points, np.repeat(sizes / 2.0, 2), sizes * (sizes - 2.0) / 4.0)

    def _strata(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Order of the voxels such that strata are runs of it, and where each run begins (and the last one ends)."""
        total = len(self)
        # As many cuts along each axis as make the strata near to cubes. A stratum holds at least 2 of the 4 n_s voxels
        # that there are for each, because the three numbers of cuts multiply to at most 1.5 times ``count``.
        side = (np.prod(self._extent_um) / count) ** (1 / 3)
        cuts_z = int(np.clip(round(self._extent_um[0] / side), 1, count))
        cuts_y = int(np.clip(round(self._extent_um[1] / side), 1, max(count // cuts_z, 1)))
        cuts_x = max(round(count / (cuts_z * cuts_y)), 1)
        order = np.arange(total)
        bounds = np.array([0, total])
        for cuts, axis in ((cuts_z, None), (cuts_y, self._axes[1]), (cuts_x, self._axes[2])):
            if axis is not None:
                for start, stop in pairwise(bounds):
                    part = order[start:stop]
                    order[start:stop] = part[np.argsort(axis[part], kind="stable")]
            inner = bounds[:-1, np.newaxis] + np.diff(bounds)[:, np.newaxis] * np.arange(cuts) // cuts
            bounds = np.append(inner.reshape(-1), total)
        return order, bounds
