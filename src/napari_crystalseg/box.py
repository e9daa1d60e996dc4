"""A box of voxels: three slices along (z, y, x), each with its start and stop."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Box = tuple[slice, slice, slice]


def whole(shape: tuple[int, int, int]) -> Box:
    """Return the box of all voxels of a shape (z, y, x)."""
    z, y, x = (slice(0, length) for length in shape)
    return z, y, x


def box_of(data: NDArray[Any]) -> Box | None:
    """Return the box around what is not 0 in a mask, or in labels (0 is air), None where all is.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        A mask or labels.

    Returns
    -------
    (slice, slice, slice) or None
    """
    # Plane by plane: a mask of a whole volume would cost as much as the volume.
    used = np.zeros(data.shape[0], dtype=bool)
    over_z = np.zeros(data.shape[1:], dtype=bool)
    for k, plane in enumerate(data):
        inside = plane != 0
        used[k] = inside.any()
        over_z |= inside
    sides = []
    for line in (used, over_z.any(axis=1), over_z.any(axis=0)):
        where = np.flatnonzero(line)
        if not where.size:
            return None
        sides.append(slice(int(where[0]), int(where[-1]) + 1))
    z, y, x = sides
    return z, y, x


def grown(box: Box, voxels: tuple[int, int, int], shape: tuple[int, int, int]) -> Box:
    """Return a box grown by some voxels along each axis, and cut at the ends of the shape (z, y, x)."""
    z, y, x = (
        slice(max(0, side.start - margin), min(length, side.stop + margin))
        for side, margin, length in zip(box, voxels, shape, strict=True)
    )
    return z, y, x


def joined(one: Box, other: Box) -> Box:
    """Return the box around two boxes."""
    z, y, x = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return z, y, x


def shape_of(box: Box) -> tuple[int, int, int]:
    """Return the shape (z, y, x) of a box."""
    z, y, x = (side.stop - side.start for side in box)
    return z, y, x
