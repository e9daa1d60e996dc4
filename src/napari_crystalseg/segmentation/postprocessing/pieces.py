"""Pieces: parts of one class that hang together, of all classes at once, without an array of their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...labels import Material

_MOST_RUNS = 2**31 - 1
_SLAB_LINES = 2**14


@dataclass(frozen=True, eq=False)
class Pieces:
    """Labels as runs along axis 2, and the connected pieces that the runs belong to.

    Runs take ten bytes each; tomograms have some ten a line, so that 1024³ voxels take about 100 MB, where numbers of
    pieces would take 4 GB. Voxels are connected through faces.

    Parameters
    ----------
    shape : (int, int, int)
        Of the labels (z, y, x).
    first : ndarray of int64, shape (lines + 1,)
        Number of the first run of each line, in C order of (z, y).
    starts : ndarray of int32, shape (runs,)
        Where each begins along axis 2.
    classes : ndarray of uint8, shape (runs,)
        Class of each.
    piece : ndarray of int32, shape (runs,)
        Piece of each.
    sizes : ndarray of int64, shape (pieces,)
        Voxels of each piece; pieces are in the order of their first voxels.
    of_class : ndarray of uint8, shape (pieces,)
        Their classes.
    at_edge : ndarray of bool, shape (pieces,)
        Whether they touch an end of the field; along an axis of one voxel nothing is an end.
    """

    shape: tuple[int, int, int]
    first: NDArray[np.int64]
    starts: NDArray[np.int32]
    classes: NDArray[np.uint8]
    piece: NDArray[np.int32]
    sizes: NDArray[np.int64]
    of_class: NDArray[np.uint8]
    at_edge: NDArray[np.bool_]

    @classmethod
    def of(cls, labels: NDArray[np.uint8]) -> Pieces:
        """Find the pieces of labels of shape (z, y, x)."""
        from .runs_kernel import count_runs, find_runs

        labels = np.ascontiguousarray(labels)
        first = np.zeros(labels.shape[0] * labels.shape[1] + 1, np.int64)
        count_runs(labels, first)
        count = int(first[-1])
        if count > _MOST_RUNS:
            raise MemoryError(f"{count} runs of labels")
        starts, classes = np.empty(count, np.int32), np.empty(count, np.uint8)
        find_runs(labels, first, starts, classes)
        shape = (labels.shape[0], labels.shape[1], labels.shape[2])
        return cls._joined(shape, first, starts, classes)

    @classmethod
    def _joined(
        cls,
        shape: tuple[int, int, int],
        first: NDArray[np.int64],
        starts: NDArray[np.int32],
        classes: NDArray[np.uint8],
    ) -> Pieces:
        from .runs_kernel import join_runs, measure_pieces

        piece = np.empty(len(starts), np.int32)
        count = join_runs(shape, first, starts, classes, piece)
        sizes, of_class, at_edge = np.zeros(count, np.int64), np.zeros(count, np.uint8), np.zeros(count, np.bool_)
        measure_pieces(shape, first, starts, classes, piece, sizes, of_class, at_edge)
        return cls(shape, first, starts, classes, piece, sizes, of_class, at_edge)

    def largest(self, material: int) -> int | None:
        """Return the largest piece of a class, the first of those of the same size; None where there is none."""
        of_it = np.where(self.of_class == material, self.sizes, 0)
        return int(of_it.argmax()) if of_it.any() else None

    def contacts(self, chosen: NDArray[np.bool_], voxel_size_um: tuple[float, float, float]) -> NDArray[np.float64]:
        """Return the areas in which each chosen piece touches each class of what is not chosen.

        Parameters
        ----------
        chosen : ndarray of bool, shape (pieces,)
            Pieces that are asked for.
        voxel_size_um : (float, float, float)
            Voxel edges along (z, y, x), µm.

        Returns
        -------
        ndarray of float64, shape (chosen, classes)
            µm².
        """
        from .runs_kernel import measure_contacts

        found = np.zeros((np.count_nonzero(chosen), len(Material)))
        dz, dy, dx = map(float, voxel_size_um)
        areas = (dy * dx, dz * dx, dz * dy)
        measure_contacts(self.shape, self.first, self.starts, self.classes, self.piece, _rows(chosen), areas, found)
        return found

    def mean_values(
        self, chosen: NDArray[np.bool_], values: NDArray[np.float32], most_lines: int | None = None
    ) -> NDArray[np.float64]:
        """Return the mean voxel value of each chosen piece, NaN where none is finite; values are read in slabs.

        Parameters
        ----------
        chosen : ndarray of bool, shape (pieces,)
            Pieces that are asked for.
        values : ndarray of float32, shape (z, y, x)
            Voxel values.
        most_lines : int, optional
            Lines that are enough: every so-manieth is read.

        Returns
        -------
        ndarray of float64, shape (chosen,)
        """
        from .runs_kernel import sum_values

        rows, sums = _rows(chosen), np.zeros((np.count_nonzero(chosen), 2))
        # Lines in which there is one of them.
        per_line = np.add.reduceat(rows[self.piece] >= 0, self.first[:-1])
        lines = np.flatnonzero(per_line)
        if most_lines is not None:
            lines = lines[:: max(1, len(lines) // most_lines)]
        for at in range(0, len(lines), _SLAB_LINES):
            these = lines[at : at + _SLAB_LINES]
            z, y = np.divmod(these, self.shape[1])
            part = np.ascontiguousarray(np.asarray(values[z, y]), np.float32)
            sum_values(part, these, self.first, self.starts, self.piece, rows, sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            means: NDArray[np.float64] = sums[:, 1] / sums[:, 0]
        return means

    def given(self, chosen: NDArray[np.bool_], materials: NDArray[np.uint8]) -> Pieces:
        """Return the pieces after each chosen one took a class, joined to what has that class.

        Parameters
        ----------
        chosen : ndarray of bool, shape (pieces,)
            Pieces that change.
        materials : ndarray of uint8, shape (chosen,)
            Their new classes.
        """
        of_class = self.of_class.copy()
        of_class[chosen] = materials
        return self._joined(self.shape, self.first, self.starts, of_class[self.piece])

    def write(self, labels: NDArray[np.uint8]) -> None:
        """Write the classes into labels of shape (z, y, x) in which the runs were found."""
        from .runs_kernel import write_runs

        write_runs(labels, self.first, self.starts, self.classes)


def _rows(chosen: NDArray[np.bool_]) -> NDArray[np.int32]:
    rows = np.full(len(chosen), -1, np.int32)
    rows[chosen] = np.arange(np.count_nonzero(chosen), dtype=np.int32)
    return rows
