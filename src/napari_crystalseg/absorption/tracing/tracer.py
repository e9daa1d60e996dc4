"""Sums over the crystal of what the rays of each reflection cross."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels
from ...progress import Progress
from ..coefficients import Coefficients
from .crystal_sample import CrystalSample
from .illumination import Illumination
from .nodes import Nodes
from .paths import TracingGrid

# A block of points: their paths along all nodes are kept at once.
POINTS_A_BLOCK = 128
# Directions of which the paths are kept at once; where there are more, reflections go in batches.
DIRECTIONS_A_BATCH = 65_536
REFLECTIONS_A_BATCH = 16_384
# Between two reports of progress, at which work can be cancelled.
RAYS_A_CALL = 500_000
SUMS_A_CALL = 8_000_000
# What one sum costs, in rays.
SUM_IN_RAYS = 0.02


@dataclass(frozen=True, eq=False)
class Means:
    """Means over the crystal, one row a reflection.

    Parameters
    ----------
    absorption, standard_error : ndarray of float64, shape (reflection,)
        A_h and its standard error from sampling. NaN where the beam lights nothing of the crystal.
    path_length_um : ndarray of float64, shape (reflection, 4)
        Mean length in materials 1 to 4, µm.
    weighted_path_um, path_covariance_um2 : ndarray of float64, shape (reflection, 4) and (reflection, 4, 4)
        Mean and covariance of the lengths, weighted with the transmission, µm and µm².
    lit_fraction : ndarray of float64, shape (reflection,)
        Fraction of the crystal in the beam.
    """

    absorption: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    path_length_um: NDArray[np.float64]
    weighted_path_um: NDArray[np.float64]
    path_covariance_um2: NDArray[np.float64]
    lit_fraction: NDArray[np.float64]

    @classmethod
    def from_sums(cls, sums: NDArray[np.float64], crystal_voxels: float) -> Means:
        """Make means of the columns described in ``averaging_kernel``."""
        from .averaging_kernel import FIRST, LIT, PAIRS, PLAIN, SECOND, SUM

        total, lit = sums[:, SUM], sums[:, LIT]
        with np.errstate(divide="ignore", invalid="ignore"):
            absorption = np.minimum(total / lit, 1.0)
            # Of a ratio: the variance of the sum of w f (t - A), from the differences within the pairs.
            tt, ts, ss = sums[:, PAIRS : PAIRS + 3].T
            variance = tt - 2 * absorption * ts + absorption**2 * ss
            error = np.sqrt(np.maximum(variance, 0.0)) / lit
            weighted = sums[:, FIRST : FIRST + 4] / total[:, np.newaxis]
            second = sums[:, SECOND : SECOND + 10] / total[:, np.newaxis]
            plain = sums[:, PLAIN : PLAIN + 4] / lit[:, np.newaxis]
        covariance = np.empty((len(sums), 4, 4))
        for entry, (m, n) in enumerate(zip(*np.triu_indices(4), strict=True)):
            covariance[:, m, n] = covariance[:, n, m] = second[:, entry] - weighted[:, m] * weighted[:, n]
        return cls(absorption, error, plain, weighted, covariance, lit / crystal_voxels)

    @classmethod
    def missing(cls, rows: int) -> Means:
        """NaN for so many reflections."""
        one, four = np.full(rows, np.nan), np.full((rows, 4), np.nan)
        return cls(one, one.copy(), four, four.copy(), np.full((rows, 4, 4), np.nan), one.copy())

    def of(self, rows: NDArray[Any]) -> Means:
        """Return some of the reflections."""
        return Means(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def put(self, rows: NDArray[np.int64], found: Means) -> None:
        """Write the rows that were found anew."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[rows] = getattr(found, name)


@dataclass(frozen=True, eq=False)
class BeamProfile:
    """The beam as it lies in the sample, one row a reflection.

    Parameters
    ----------
    illumination : Illumination
        Its profile.
    axes : ndarray of float64, shape (reflection, 2, 3)
        Directions of width and height (z, y, x).
    middle_um : ndarray of float64, shape (3,)
        Point of the label volume that the profile's centre refers to, from the centre of voxel (0, 0, 0), µm.
    """

    illumination: Illumination
    axes: NDArray[np.float64]
    middle_um: NDArray[np.float64]

    def of(self, rows: NDArray[np.int64]) -> BeamProfile:
        """Return the beam of some reflections only."""
        return replace(self, axes=self.axes[rows])


class Tracer:
    """Labels and coefficients, ready to trace reflections from samples of crystal voxels.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    """

    def __init__(self, labels: Labels, coefficients: Coefficients) -> None:
        self._grid = TracingGrid(labels)
        self._mu = coefficients.array()

    def trace(
        self, incident: Nodes, leaving: Nodes, sample: CrystalSample, beam: BeamProfile | None, progress: Progress
    ) -> Means:
        """Return the means of each reflection over a sample of the crystal.

        Parameters
        ----------
        incident, leaving : Nodes
            Directions to the source and of the scattered beam; a row a reflection.
        sample : Sample
            Points and their weights.
        beam : Beam or None
            Which part is lit; None: all.
        progress : Progress
            Called between batches of rays; raises to cancel.
        """
        kinds = (np.float32, np.float64)[not leaving.interpolated]
        (sums,) = self.add_up([(incident, leaving)], sample, beam, progress, kinds)
        return Means.from_sums(sums, float(sample.weights.sum()))

    def add_up(
        self,
        ways: list[tuple[Nodes, Nodes]],
        sample: CrystalSample,
        beam: BeamProfile | None,
        progress: Progress,
        kind: type = np.float64,
    ) -> list[NDArray[np.float64]]:
        """Return the sums of the same reflections for several choices of nodes (incident, leaving), in as many arrays.

        A set of nodes that stands in several of the ways is traced once.
        """
        from .averaging_kernel import SUMS, add_points

        n = len(ways[0][0].index)
        sums = [np.zeros((n, SUMS)) for _ in ways]
        batches = list(_batches(ways, n))
        work = sum(
            sum(len(nodes) for nodes in _distinct(batch)) + SUM_IN_RAYS * len(rows) * len(batch)
            for rows, batch in batches
        )
        counter = _Counter(progress, work * (len(sample) + -len(sample) % _block_size(sample)))
        for points, weights, pair_weights in _blocks(sample, kind):
            places: NDArray[Any] = np.zeros((len(points), 3), kind)
            if beam is not None:
                places[:] = points * self._grid.voxel_size_um - beam.middle_um
            for rows, batch in batches:
                tables = {id(nodes): self._table(nodes, points, kind, counter) for nodes in _distinct(batch)}
                # Reflections with the same nodes one after the other: their paths are then in the cache.
                order = np.lexsort((batch[0][0].index[:, 0], batch[0][1].index[:, 0]))
                step = max(SUMS_A_CALL // len(points), 1)
                for which, (incident, leaving) in enumerate(batch):
                    for start in range(0, len(order), step):
                        here = order[start : start + step]
                        axes, sizes = _profile(beam, rows[here], kind)
                        part = sums[which][rows[here]]
                        add_points(
                            tables[id(incident)], incident.index[here], incident.fraction[here].astype(kind),
                            tables[id(leaving)], leaving.index[here], leaving.fraction[here].astype(kind),
                            weights, pair_weights, places, axes, sizes, part,
                        )  # fmt: skip
                        sums[which][rows[here]] = part
                        counter(SUM_IN_RAYS * len(here) * len(points))
        return sums

    def _table(
        self, nodes: Nodes, points: NDArray[np.int64], kind: type, count: Callable[[float], None]
    ) -> NDArray[np.floating]:
        table: NDArray[Any] = np.empty((len(nodes), 5, len(points)), kind)
        step = max(RAYS_A_CALL // len(points), 1)
        for start in range(0, len(nodes), step):
            part = slice(start, start + step)
            # Traced in one precision, so that the traversal is compiled once.
            traced = table[part] if kind is np.float64 else np.empty(table[part].shape)
            self._grid.trace(points, nodes.directions[part], self._mu, traced)
            if traced.dtype != table.dtype:
                table[part] = traced
            count(len(table[part]) * len(points))
        return table


class _Counter:
    """Progress of the work in rays."""

    def __init__(self, progress: Progress, work: float) -> None:
        self._progress, self._work, self._done = progress, max(work, 1.0), 0.0

    def __call__(self, rays: float) -> None:
        self._done += rays
        self._progress(
            min(self._done / self._work, 1.0), f"Tracing rays: {self._done / 1e6:.1f} of {self._work / 1e6:.1f} million"
        )


def _distinct(batch: list[tuple[Nodes, Nodes]]) -> list[Nodes]:
    return list({id(nodes): nodes for way in batch for nodes in way}.values())


def _batches(ways: list[tuple[Nodes, Nodes]], n: int) -> Iterator[tuple[NDArray[np.int64], list[tuple[Nodes, Nodes]]]]:
    """Reflections to do together, with their nodes: all, unless their paths would take too much memory."""
    if sum(len(nodes) for nodes in _distinct(ways)) <= DIRECTIONS_A_BATCH:
        yield np.arange(n), ways
        return
    # Those with the same incident beam together, so that it is traced once.
    order = np.argsort(ways[0][0].index[:, 0], kind="stable")
    for start in range(0, n, REFLECTIONS_A_BATCH):
        rows = order[start : start + REFLECTIONS_A_BATCH]
        fewer = {id(nodes): nodes.of(rows) for nodes in _distinct(ways)}
        yield rows, [(fewer[id(a)], fewer[id(b)]) for a, b in ways]


def _blocks(
    sample: CrystalSample, kind: type
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.floating], NDArray[np.floating]]]:
    """Points in blocks of one size, the last filled up with points of no weight; firsts of pairs, then seconds."""
    size = _block_size(sample)
    for start in range(0, len(sample), size):
        points, weights = sample.points[start : start + size], sample.weights[start : start + size]
        pairs = sample.pair_weights[start // 2 : (start + size) // 2]
        missing = size - len(points)
        points = np.concatenate([points, np.repeat(points[-1:], missing, axis=0)])
        weights = np.concatenate([weights, np.zeros(missing)])
        if pairs.size:
            pairs = np.concatenate([pairs, np.zeros(size // 2 - len(pairs))])
            apart = np.concatenate([np.arange(0, size, 2), np.arange(1, size, 2)])
            points, weights = points[apart], weights[apart]
        yield points, weights.astype(kind), pairs.astype(kind)


def _block_size(sample: CrystalSample) -> int:
    return min(POINTS_A_BLOCK, len(sample) + -len(sample) % 32)


def _profile(
    beam: BeamProfile | None, rows: NDArray[np.int64], kind: type
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The beam's axes and sizes as the compiled code takes them."""
    if beam is None:
        return np.zeros((0, 6), kind), np.zeros(3, kind)
    half = beam.illumination.half_sizes_um
    axes = (beam.axes[rows] / half[:, np.newaxis]).reshape(-1, 6)
    sizes = np.array([*(np.array(beam.illumination.centre_um) / half), beam.illumination.shape == "gaussian"])
    return np.ascontiguousarray(axes, dtype=kind), sizes.astype(kind)
