"""Compiled counts of labels and of the faces between them. Imports numba: import it only inside functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True)
def count_labels(labels: NDArray[np.uint8], counts: NDArray[np.int64], faces: NDArray[np.int64]) -> None:
    """Add the voxels of a box, and the faces between its voxels, to the counts.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    counts : ndarray of int64, shape (256,)
        Voxels of each code.
    faces : ndarray of int64, shape (3, 6, 6)
        Faces across each axis between two codes, lower code first; codes above 4 are counted as 5.
    """
    nz, ny, nx = labels.shape
    for k in range(nz):
        for j in range(ny):
            for i in range(nx):
                here = labels[k, j, i]
                counts[here] += 1
                own = min(here, 5)
                for axis in range(3):
                    if axis == 0:
                        there = labels[k + 1, j, i] if k + 1 < nz else here
                    elif axis == 1:
                        there = labels[k, j + 1, i] if j + 1 < ny else here
                    else:
                        there = labels[k, j, i + 1] if i + 1 < nx else here
                    if there != here:
                        other = min(there, 5)
                        faces[axis, min(own, other), max(own, other)] += 1


@kernel(nogil=True)
def count_runs_as(
    labels: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int32],
    now: NDArray[np.uint8],
    other: NDArray[np.uint8],
    counts: NDArray[np.int64],
    faces: NDArray[np.int64],
) -> None:
    """Add what counts and faces would gain if runs of voxels had another label, and leave the labels as they are.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels, which are written to on the way.
    starts, lengths : ndarray, shape (n,)
        First voxel of each run in C order, and its voxels along axis 2.
    now, other : ndarray of uint8, shape (n,)
        Label of each run as it is, and the other one.
    counts : ndarray of int64, shape (256,)
        Voxels of each code.
    faces : ndarray of int64, shape (3, 6, 6)
        Faces across each axis between two codes, lower code first; codes above 4 are counted as 5.
    """
    nz, ny, nx = labels.shape
    for n in range(len(starts)):
        old, new = now[n], other[n]
        one, two = min(old, 5), min(new, 5)
        k = starts[n] // (ny * nx)
        j = starts[n] // nx - k * ny
        begin = starts[n] % nx
        counts[old] -= lengths[n]
        counts[new] += lengths[n]
        # One voxel after the other: each sees its neighbours as they are by then, so that all faces come out right.
        for i in range(begin, begin + lengths[n]):
            for axis in range(3):
                for step in (-1, 1):
                    c = k + step if axis == 0 else k
                    b = j + step if axis == 1 else j
                    a = i + step if axis == 2 else i
                    if c < 0 or b < 0 or a < 0 or c >= nz or b >= ny or a >= nx:
                        continue
                    there = labels[c, b, a]
                    side = min(there, 5)
                    if there != old:
                        faces[axis, min(one, side), max(one, side)] -= 1
                    if there != new:
                        faces[axis, min(two, side), max(two, side)] += 1
            labels[k, j, i] = new
    flat = labels.reshape(-1)
    for n in range(len(starts)):
        flat[starts[n] : starts[n] + lengths[n]] = now[n]
