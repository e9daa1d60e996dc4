"""Stroke: what a person who mends a place mends, which is the place and what lies beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...box import Box, grown, shape_of

STROKE_MARGIN_VOXELS = 2
"""Whoever mends a place looks at it, and mends what lies within so many voxels of it with the same stroke."""


def stroke_box(box: Box, shape: tuple[int, int, int]) -> Box:
    """Return the box that a stroke over all of a box reaches, in a volume of shape (z, y, x)."""
    return grown(box, (STROKE_MARGIN_VOXELS,) * 3, shape)


def stroke_about(box: Box, mask: NDArray[np.bool_], shape: tuple[int, int, int]) -> tuple[Box, NDArray[np.bool_]]:
    """Return what a stroke over a region mends: the region and the voxels about it, in a box of their own.

    Parameters
    ----------
    box : (slice, slice, slice)
        Of the region, along (z, y, x).
    mask : ndarray of bool, shape of the box
        Its voxels.
    shape : (int, int, int)
        Voxels of the whole volume.

    Returns
    -------
    box : (slice, slice, slice)
    mask : ndarray of bool, shape of the box
    """
    from scipy.ndimage import maximum_filter1d

    wide = stroke_box(box, shape)
    found = np.zeros(shape_of(wide), dtype=np.uint8)
    found[within(box, wide)] = mask
    for axis in range(3):
        found = maximum_filter1d(found, 2 * STROKE_MARGIN_VOXELS + 1, axis, mode="constant")
    return wide, found.astype(bool)


def within(box: Box, room: Box) -> Box:
    """Return a box, counted from the first voxel (z, y, x) of the room that it lies in."""
    z, y, x = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(box, room, strict=True))
    return z, y, x
