"""Compiled counts of labels and of the faces between them. Imports numba: import it only there."""

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
