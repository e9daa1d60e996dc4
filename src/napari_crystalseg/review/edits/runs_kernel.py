"""Compiled runs of voxels along axis 2 that an edit changed. Imports numba: import it only inside functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True)
def find_runs(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    low: tuple[int, int, int],
    shape: tuple[int, int, int],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    labels: NDArray[np.uint8],
) -> int:
    """Find the runs of voxels of a box that differ and change from one label to one other.

    Parameters
    ----------
    before, after : ndarray of uint8, shape of the box
        Its labels.
    low : (int, int, int)
        Where the box begins in the volume.
    shape : (int, int, int)
        Shape of the volume.
    starts : ndarray of int64, shape (n,)
        Filled: number of the first voxel of each run in the volume, in C order.
    lengths : ndarray of int32, shape (n,)
        Filled: voxels of each run.
    labels : ndarray of uint8, shape (2, n)
        Filled: label of each run before and after.

    Returns
    -------
    int
        Number of runs, of which the first n are filled in.
    """
    room = len(starts)
    n = 0
    nz, ny, nx = before.shape
    for k in range(nz):
        for j in range(ny):
            row = ((low[0] + k) * shape[1] + low[1] + j) * shape[2] + low[2]
            begin = -1
            one = other = np.uint8(0)
            for i in range(nx + 1):
                if begin >= 0 and (i == nx or before[k, j, i] != one or after[k, j, i] != other):
                    if n < room:
                        starts[n] = row + begin
                        lengths[n] = i - begin
                        labels[0, n] = one
                        labels[1, n] = other
                    n += 1
                    begin = -1
                if begin < 0 and i < nx and before[k, j, i] != after[k, j, i]:
                    begin = i
                    one, other = before[k, j, i], after[k, j, i]
    return n


@kernel(nogil=True)
def write_runs(
    volume: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    expected: NDArray[np.uint8],
    labels: NDArray[np.uint8],
) -> int:
    """Write a label into each run of a flat volume, where all of them hold what is expected.

    Returns
    -------
    int
        Voxels that held something else; nothing is written if there are any.
    """
    others = 0
    for n in range(len(starts)):
        for i in range(starts[n], starts[n] + lengths[n]):
            others += volume[i] != expected[n]
    if others:
        return others
    for n in range(len(starts)):
        volume[starts[n] : starts[n] + lengths[n]] = labels[n]
    return 0
