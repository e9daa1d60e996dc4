"""The box around the voxels of some classes, so that tools work there alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...box import Box, grown


def class_box(labels: NDArray[np.uint8], *classes: int) -> Box | None:
    """Return the box around all voxels of some classes, None where there are none.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    *classes : int
        Codes of :class:`~napari_crystalseg.labels.Material`.

    Returns
    -------
    (slice, slice, slice) or None
    """
    wanted = np.zeros(256, bool)
    wanted[list(classes)] = True
    planes: list[int] = []
    rows = np.zeros(labels.shape[1], bool)
    columns = np.zeros(labels.shape[2], bool)
    # One plane at a time stays in the cache, where a mask of the whole volume would not.
    for z, plane in enumerate(labels):
        mask = plane == classes[0] if len(classes) == 1 else wanted[plane]
        here = mask.any(axis=1)
        if here.any():
            planes.append(z)
            rows |= here
            columns |= mask.any(axis=0)
    if not planes:
        return None
    y, x = np.flatnonzero(rows), np.flatnonzero(columns)
    return (
        slice(planes[0], planes[-1] + 1),
        slice(int(y[0]), int(y[-1]) + 1),
        slice(int(x[0]), int(x[-1]) + 1),
    )


def with_margin(box: Box, margin_um: float, voxel_size_um: tuple[float, float, float], shape: tuple[int, ...]) -> Box:
    """Return a box grown by a margin in µm and one voxel more, cut at the ends of the shape (z, y, x)."""
    z, y, x = (int(np.ceil(margin_um / size)) + 1 for size in voxel_size_um)
    return grown(box, (z, y, x), (shape[0], shape[1], shape[2]))


def moved_into(inner: Box, outer: Box) -> Box:
    """Return a box within another in coordinates of the whole volume."""
    z, y, x = (
        slice(outside.start + side.start, outside.start + side.stop) for side, outside in zip(inner, outer, strict=True)
    )
    return z, y, x
