"""Thickness of each material in slabs across the beam, exact for the voxel model at every angle.

The part of a material between two planes across the beam is a polygon in each slice: its corners are those of the
outline within the slab, and the points where the outline crosses the planes. Each changes the slope of the projected
profile, so that nothing is resampled and the slabs add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...computing.backend import Array
from ...labels import Labels
from .thickness import Corners, check_pose, safe_cosine_sine

# Slabs projected at a time: bounds the memory, and the outline is read once for all of them.
BATCH = 8


@dataclass(frozen=True, eq=False)
class Slabs:
    """A label volume that is cut into equal slabs across the beam, wherever the beam comes from.

    Parameters
    ----------
    corners : Corners
        Corners of the outlines.
    run_starts : ndarray of int64, shape (rows + 1,)
        Where the runs of each slice begin.
    runs : ndarray of int32, shape (run, 6)
        Straight runs of faces: (y, x) of both ends in voxel edges, label before and after.
    values : ndarray of float64, shape (5 or more, channel)
        What air and each material or code count in each channel.
    """

    corners: Corners
    run_starts: NDArray[np.int64]
    runs: NDArray[np.int32]
    values: NDArray[np.float64]
    _copies: dict[str, tuple[Array, Array, Array]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of_labels(
        cls,
        labels: Labels,
        corners: Corners,
        values: ArrayLike | None = None,
        codes: NDArray[np.int32] | None = None,
    ) -> Slabs:
        """List the runs of a label volume; ``values`` and ``codes`` are those that the corners were made with."""
        from .thickness_kernel import count_runs, list_runs

        data: NDArray[np.integer] = np.ascontiguousarray(labels.data if codes is None else codes)
        counts = np.zeros(len(data), dtype=np.int64)
        count_runs(data, counts)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        runs = np.empty((starts[-1], 6), dtype=np.int32)
        list_runs(data, starts, runs)
        table = np.eye(4) if values is None else np.asarray(values, dtype=np.float64)
        return cls(corners, starts, runs, np.concatenate([np.zeros((1, table.shape[1])), table]))

    def project(
        self,
        angle_deg: float,
        pixel_size_um: float,
        columns: int,
        count: int,
        depth_um: float,
        axis_column: float | None = None,
        size: float = 1.0,
        roll_sine: float = 0.0,
        xp: ModuleType = np,
    ) -> Iterator[NDArray[np.float64]]:
        """Yield the projection of each slab, in the order in which the beam meets them.

        Parameters
        ----------
        angle_deg, pixel_size_um, columns, axis_column, size, roll_sine, xp
            As in :meth:`Corners.project`.
        count : int
            Number of slabs.
        depth_um : float
            Thickness of all of them together, with the rotation axis in their middle; the sample must lie within.

        Yields
        ------
        ndarray of float64, shape (channel, row, column)

        Raises
        ------
        InputError
            A pose that is not finite.
        """
        check_pose(angle_deg, pixel_size_um, axis_column, size, roll_sine)
        cosine, sine = safe_cosine_sine(angle_deg)
        rows, height, width = self.corners.shape
        _, size_y, size_x = (size * s for s in self.corners.voxel_size_um)
        bin_x, bin_y = size_x / pixel_size_um * cosine, -size_y / pixel_size_um * sine
        # The beam comes from high y cos φ + x sin φ.
        slab_y, slab_x = (-s * part * count / depth_um for s, part in ((size_y, cosine), (size_x, sine)))
        axis = (columns - 1) / 2 if axis_column is None else axis_column
        origin = axis + 0.5 - bin_x * width / 2 - bin_y * height / 2
        nearest = count / 2 - slab_x * width / 2 - slab_y * height / 2
        scale = -pixel_size_um / (sine * cosine)
        steps = (bin_y, bin_x, slab_y, slab_x, sine, cosine)
        if xp is not np:
            yield from self._with_arrays(xp, steps, origin, roll_sine, nearest, scale, count, columns)
            return
        from .thickness_kernel import project_slabs

        for first in range(0, count, BATCH):
            out = np.empty((min(BATCH, count - first), self.values.shape[1], rows, columns))
            project_slabs(
                self.corners.starts,
                self.corners.positions,
                self.corners.kinds,
                self.corners.table,
                self.run_starts,
                self.runs,
                self.values,
                np.array(steps),
                origin,
                roll_sine,
                nearest,
                scale,
                first,
                out,
            )
            yield from out

    def _with_arrays(
        self,
        xp: ModuleType,
        steps: tuple[float, ...],
        origin: float,
        roll_sine: float,
        nearest: float,
        scale: float,
        count: int,
        columns: int,
    ) -> Iterator[Array]:
        """Yield the same with whole arrays."""
        from .thickness_arrays import profiles

        bin_y, bin_x, slab_y, slab_x, sine, cosine = steps
        rows = self.corners.shape[0]
        row, positions, weights = self.corners._in_memory_of(xp)
        t = origin + roll_sine * (row - 0.5 * (rows - 1)) + bin_y * positions[0] + bin_x * positions[1]
        slab = xp.floor(nearest + slab_y * positions[0] + slab_x * positions[1])
        if xp.__name__ not in self._copies:
            run_row = np.repeat(np.arange(rows), np.diff(self.run_starts))
            jump = self.values[self.runs[:, 5]] - self.values[self.runs[:, 4]]
            self._copies[xp.__name__] = xp.asarray(run_row), xp.asarray(self.runs), xp.asarray(jump)
        run_row, runs, jump = self._copies[xp.__name__]
        d, end_d = (nearest + slab_y * runs[:, i] + slab_x * runs[:, i + 1] for i in (0, 2))
        along_x = runs[:, 0] == runs[:, 2]
        turn = xp.where(along_x, -sine * abs(sine), -cosine * abs(cosine))
        run_t = origin + roll_sine * (run_row - 0.5 * (rows - 1)) + bin_y * runs[:, 0] + bin_x * runs[:, 1]
        run_bins = bin_y * (runs[:, 2] - runs[:, 0]) + bin_x * (runs[:, 3] - runs[:, 1])

        def crossings(plane: int) -> tuple[Array, Array, Array]:
            cut = (xp.floor(d) < plane) != (xp.floor(end_d) < plane)
            share = (plane - d[cut]) / (end_d[cut] - d[cut])
            return run_t[cut] + share * run_bins[cut], run_row[cut], jump[cut] * turn[cut][:, None]

        upper = crossings(0)
        for number in range(count):
            lower = crossings(number + 1)
            here = slab == number
            corners = t[here], row[here], weights[here]
            minus = lower[0], lower[1], -lower[2]
            together = [xp.concatenate(parts) for parts in zip(corners, upper, minus, strict=True)]
            t_here, line, weight = together
            yield scale * profiles(xp, t_here, line, weight, rows, columns)
            upper = lower
