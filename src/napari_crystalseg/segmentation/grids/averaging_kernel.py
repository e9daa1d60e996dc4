"""Means of a volume over the voxels of a coarser grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel

Weights = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Of an axis, as rows of a sparse matrix: where the row of each target begins, sources, and their weights."""


@kernel(nogil=True)
def average_slices(
    block: NDArray[np.floating],
    first: int,
    along_z: Weights,
    along_y: Weights,
    along_x: Weights,
    means: NDArray[np.float32],
    start: int,
    stop: int,
) -> None:
    """Weigh rows of a volume into one, and that into the voxels of a row of the coarser grid.

    Parameters
    ----------
    block : ndarray of float32 or float64, shape (slice, y, x)
        Slices of the volume, all that the targets need.
    first : int
        Slice of the volume that is the first of the block.
    along_z, along_y, along_x : Weights
        What each target takes of each source.
    means : ndarray of float32, shape (z', y', x')
        Coarser grid, whose slices ``start`` to ``stop`` are written.
    start, stop : int
        Slices of the coarser grid.
    """
    z_rows, z_sources, z_weights = along_z
    y_rows, y_sources, y_weights = along_y
    x_rows, x_sources, x_weights = along_x
    width = block.shape[2]
    line = np.empty(width, dtype=np.float64)
    for z in range(start, stop):
        for y in range(means.shape[1]):
            line[:] = 0.0
            for at_z in range(z_rows[z], z_rows[z + 1]):
                section = block[z_sources[at_z] - first]
                for at_y in range(y_rows[y], y_rows[y + 1]):
                    weight = z_weights[at_z] * y_weights[at_y]
                    row = section[y_sources[at_y]]
                    for x in range(width):
                        line[x] += weight * row[x]
            for x in range(means.shape[2]):
                total = 0.0
                for at_x in range(x_rows[x], x_rows[x + 1]):
                    total += x_weights[at_x] * line[x_sources[at_x]]
                means[z, y, x] = total
