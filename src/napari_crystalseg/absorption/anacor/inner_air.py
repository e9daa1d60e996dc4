"""Air between the parts of a sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def hull_spans(labels: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each line along axis 2 runs inside the convex hull of a sample.

    Every straight line between two voxels of the sample stays inside, so air outside can never lie between two parts
    of it.

    Parameters
    ----------
    labels : ndarray, shape (z, y, x)
        Not zero where there is sample; at least one voxel.

    Returns
    -------
    first, stop : ndarray of int64, shape (z, y)
        Voxels ``first`` to ``stop - 1`` have their centre inside; ``first >= stop`` where the line misses the hull.
    """
    from scipy.spatial import ConvexHull

    corners = []
    for k, materials in enumerate(labels):
        plane = materials != 0
        rows = np.flatnonzero(plane.any(axis=1))
        if not rows.size:
            continue
        low = plane[rows].argmax(axis=1)
        high = plane.shape[1] - plane[rows][:, ::-1].argmax(axis=1)
        # The corners of the outermost voxels of each row span this plane's hull, even where the sample is a line.
        flat = np.array(
            [(y + d, x) for d in (-0.5, 0.5) for e in (low, high) for y, x in zip(rows, e - 0.5, strict=True)]
        )
        flat = flat[ConvexHull(flat).vertices]
        corners += [np.column_stack([np.full(len(flat), k + d), flat]) for d in (-0.5, 0.5)]
    hull = ConvexHull(np.concatenate(corners))
    z, y = np.mgrid[: labels.shape[0], : labels.shape[1]]
    first, last = np.full(z.shape, -np.inf), np.full(z.shape, np.inf)
    # Each facet a z + b y + c x + d <= 0 bounds x from one side; facets along axis 2 (c = 0) keep or drop the line.
    for a, b, c, d in np.unique(np.round(hull.equations, 9), axis=0):
        rest = a * z + b * y + d
        if c > 1e-9:
            np.minimum(last, -rest / c, out=last)
        elif c < -1e-9:
            np.maximum(first, -rest / c, out=first)
        else:
            last[rest > 1e-6] = -np.inf
    begin = np.ceil(np.clip(first - 1e-6, 0, labels.shape[2])).astype(np.int64)
    stop = np.floor(np.clip(last + 1e-6, -1, labels.shape[2] - 1)).astype(np.int64) + 1
    return begin, stop
