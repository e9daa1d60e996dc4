"""Rays that deposit in the voxels of surfaces what a flip there would change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels, Material
from ...progress import Progress
from ..coefficients import Coefficients
from ..tracing.crystal_sample import CrystalSample, CrystalVoxels
from ..tracing.paths import sample_box
from .chosen_rays import ChosenRays

REFLECTIONS = 512
_PILOT_POINTS = 2048
# Reflections from each voxel at the crystal's surface, at least, for what its own paths are worth.
_LEAST_OWN = 32
_RAYS_A_CALL = 250_000
_PARTS = (4, 16)
_SUMS_BYTES = 256_000_000
_VOXELS_A_PIECE = 50_000
_SMOOTHING_VOXELS = 1.5
_NO_FLIP = 255


class AdjointPass:
    """The sample within its box, with its surface voxels numbered, and the reflections."""

    def __init__(
        self, labels: Labels, coefficients: Coefficients, chosen: ChosenRays, rng: np.random.Generator
    ) -> None:
        from .sensitivity_kernel import ON_SURFACE, flip_targets

        # One voxel of air around the sample: there, too, something can be added to it.
        box = tuple(
            slice(max(s.start - 1, 0), min(s.stop + 1, n))
            for s, n in zip(sample_box(labels.data), labels.shape, strict=True)
        )
        self.origin = np.array([s.start for s in box])
        self.data = np.array(labels.data[box], order="C")
        self.mu = np.zeros(ON_SURFACE + len(Material))
        self.mu[: len(Material)] = self.mu[ON_SURFACE:] = coefficients.array()
        targets = flip_targets(self.data, _NO_FLIP)
        where = np.flatnonzero(targets.reshape(-1) != _NO_FLIP)
        self.place = where
        # Surface voxels are found by their row: a volume of their numbers would take four times that of the labels.
        nz, ny, nx = self.data.shape
        self._rows = np.searchsorted(where, np.arange(nz * ny + 1) * nx), (where % nx).astype(np.int32)
        self.flip = targets.reshape(-1)[where]
        self.label = self.data.reshape(-1)[where]
        self.data.reshape(-1)[where] |= ON_SURFACE
        self.change = self.mu[self.flip] - self.mu[self.label]
        self.joins = (self.flip == Material.CRYSTAL) & (self.label != Material.CRYSTAL)
        self.leaves = (self.label == Material.CRYSTAL) & (self.flip != Material.CRYSTAL)
        size = np.array(labels.required_voxel_size_um)
        # In random order, so that the first few of them are a sample and neighbours in the table are apart.
        order = rng.permutation(len(chosen))
        self.incident = np.ascontiguousarray(chosen.incident[order] / size)
        self.leaving = np.ascontiguousarray(chosen.leaving[order] / size)
        self._rng, self._size = rng, size

    def indices(self, shape: tuple[int, int, int]) -> NDArray[np.int64]:
        """Flat indices of the surface voxels in the whole label volume."""
        within = np.unravel_index(self.place, self.data.shape)
        places = tuple(axis + start for axis, start in zip(within, self.origin, strict=True))
        flat: NDArray[np.int64] = np.ravel_multi_index(places, shape).astype(np.int64)
        return flat

    def weigh(self, voxels: CrystalVoxels) -> None:
        """Estimate A_h of each reflection, and from them the weights of their changes in that of the spread."""
        from ..tracing.voxel_walk_kernel import optical_depths

        sample: CrystalSample = voxels.draw(_PILOT_POINTS, self._rng)
        points = np.ascontiguousarray(sample.points - self.origin)
        weights = sample.weights / sample.weights.sum()
        beams, which = np.unique(self.incident, axis=0, return_inverse=True)
        a = np.empty(len(self.incident))
        over_reflections = np.zeros(len(points))
        for h in range(0, len(a), 64):
            part = slice(h, h + 64)
            near, back = np.unique(which.reshape(-1)[part], return_inverse=True)
            depth = optical_depths(self.data, self.mu, points, np.ascontiguousarray(beams[near]))[back]
            depth += optical_depths(self.data, self.mu, points, self.leaving[part])
            factor = np.exp(-depth)
            a[part] = factor @ weights
            over_reflections += factor.sum(axis=0) / len(a)
        self.a = a
        self.mean, self.spread = a.mean(), a.std()
        self.weight = (a - self.mean) / self.spread if self.spread > 1e-12 else np.zeros_like(a)
        # An upper bound, as strata make it smaller.
        self.mean_variance = over_reflections.var() / len(points) if sample.pair_weights.size else 0.0

    def cross(
        self, voxels: CrystalVoxels, rays: int, progress: Progress
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        """Deposit along rays; return means of the deposits (plain, weighted), the variance of the plain, and rays."""
        from .sensitivity_kernel import deposit

        n, reflections = len(voxels), len(self.a)
        every = rays >= n * reflections
        total = n * reflections if every else rays
        # Parts, not threads: the sums do not depend on how many of them run at once, and their spread is the error.
        parts = int(np.clip(_SUMS_BYTES // (8 * len(self.place) + 1), *_PARTS))
        sums = np.zeros((parts, len(self.place), 2), dtype=np.float32)
        shift = self._rng.random(2)
        for begin in range(0, total, _RAYS_A_CALL):
            ray = np.arange(begin, min(begin + _RAYS_A_CALL, total))
            if every:
                point, row = ray // reflections, ray % reflections
            else:
                # Spread evenly over the crystal and, by the golden ratio, over the reflections.
                point = ((ray + shift[0]) * (n / total)).astype(np.int64)
                row = (np.modf(ray * 0.6180339887498949 + shift[1])[0] * reflections).astype(np.int64)
            deposit(
                self.data,
                *self._rows,
                self.mu,
                self.change,
                voxels.numbered(np.minimum(point, n - 1)) - self.origin,
                row,
                self.incident,
                self.leaving,
                self.weight,
                sums,
            )
            progress(
                0.7 * (ray[-1] + 1) / total, f"Tracing rays: {(ray[-1] + 1) / 1e6:.1f} of {total / 1e6:.1f} million"
            )
        if every:
            path, variance = sums.sum(axis=0, dtype=np.float64), np.zeros(len(self.place))
        else:
            path, variance = self._without_speckle(sums)
        return -self.change[:, np.newaxis] * path / total, (self.change / total) ** 2 * variance, total

    def _without_speckle(self, sums: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the sums over the parts, smoothed where that loses less than it gains, and the variance of the first.

        The adaptive filter of Lee (1980, IEEE Trans. PAMI-2, 165): with x a value, s the average around it, v the
        variance of x from the spread over the parts, and d the average of (x - s)^2 around it, the estimate is
        s + g (x - s), g = max(1 - v / d, 0). Where x differs from s by no more than the noise it is smoothed, and at
        the edge of a shadow it stays. What may be lost there, (1 - g)^2 g d, counts as variance.
        """
        from .sensitivity_kernel import smooth

        points, kernel, parts = self._points(self.place), self._kernel(), len(sums)
        around = smooth(self.data.shape, *self._rows, points, sums, kernel)
        value, average = sums.sum(axis=0, dtype=np.float64), around.sum(axis=0, dtype=np.float64)
        squares = np.stack([(value[:, 0] - average[:, 0]) ** 2, np.empty(len(value))], axis=1)
        # In pieces, here and below, because the intermediate arrays would take more than the sums.
        pieces = [slice(begin, begin + _VOXELS_A_PIECE) for begin in range(0, len(value), _VOXELS_A_PIECE)]
        for some in pieces:
            squares[some, 1] = parts * sums[:, some, 0].var(axis=0, ddof=1, dtype=np.float64)
        distance, noise = smooth(self.data.shape, *self._rows, points, squares[np.newaxis], kernel)[0].T
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(distance > 0, np.clip(1 - noise / distance, 0.0, 1.0), 0.0)
        kept = gain.astype(np.float32)
        variance = (1 - gain) ** 2 * gain * distance
        for some in pieces:
            each = around[:, some, 0] + kept[some] * (sums[:, some, 0] - around[:, some, 0])
            variance[some] += parts * each.var(axis=0, ddof=1, dtype=np.float64)
        return average + gain[:, np.newaxis] * (value - average), variance

    def _points(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        """Voxels within the box, from their flat places."""
        return np.stack(np.unravel_index(place, self.data.shape), axis=1).astype(np.int64)

    def _kernel(self) -> NDArray[np.float64]:
        """Gaussian of so many µm as are 1.5 voxels, for voxels that are cubes."""
        sigma = _SMOOTHING_VOXELS * np.prod(self._size) ** (1 / 3) / self._size
        axes = [np.arange(-half_width, half_width + 1) for half_width in np.clip(np.round(2 * sigma), 1, 6).astype(int)]
        z, y, x = (np.exp(-0.5 * (axis / s) ** 2) for axis, s in zip(axes, sigma, strict=True))
        weights: NDArray[np.float64] = z[:, None, None] * y[None, :, None] * x[None, None, :]
        return weights

    def own(self, rays: int, progress: Progress) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        """Trace from the voxels that leave or join the crystal; return a - A (plain, weighted), variance, number."""
        from .sensitivity_kernel import own_terms

        moving = np.flatnonzero(self.joins | self.leaves)
        each = int(np.clip(rays // max(len(moving), 1), _LEAST_OWN, len(self.a)))
        each = min(each, len(self.a))
        points = self._points(self.place[moving])
        change = np.where(self.joins[moving], self.mu[Material.CRYSTAL] - self.mu[self.label[moving]], 0.0)
        found = np.zeros((len(moving), 3))
        batch = max(_RAYS_A_CALL // each, 1)
        for begin in range(0, len(moving), batch):
            part = slice(begin, begin + batch)
            found[part] = own_terms(
                self.data,
                self.mu,
                change[part],
                points[part],
                self.incident[:each],
                self.leaving[:each],
                self.a[:each],
                self.weight[:each],
            )
            progress(0.7 + 0.3 * min(begin + batch, len(moving)) / len(moving), "Tracing from the crystal's surface")
        own, variance = np.zeros((len(self.place), 2)), np.zeros(len(self.place))
        own[moving] = found[:, :2]
        left_out = 1.0 - each / len(self.a)
        variance[moving] = np.maximum(found[:, 2] - found[:, 0] ** 2, 0.0) / each * left_out + self.mean_variance
        return own, variance, each

    def combine(
        self,
        crystal: int,
        crossing: NDArray[np.float64],
        variance: NDArray[np.float64],
        own: NDArray[np.float64],
        own_variance: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return change of mean and spread, and the standard error of the former."""
        after = np.where(self.leaves, crystal - 1, np.where(self.joins, crystal + 1, crystal))
        sign = np.where(self.leaves, -1.0, np.where(self.joins, 1.0, 0.0))
        # The last crystal voxel cannot go: there would be no A.
        alone = after == 0
        after = np.maximum(after, 1)
        change = (crystal * crossing + sign[:, np.newaxis] * own) / after[:, np.newaxis]
        change[alone] = 0.0
        error = np.sqrt((crystal / after) ** 2 * variance + sign**2 * own_variance / after**2)
        error[alone] = 0.0
        return change[:, 0], change[:, 1], error
