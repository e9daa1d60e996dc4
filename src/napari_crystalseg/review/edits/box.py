"""A box of voxels: three slices along (z, y, x), each with its start and stop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...absorption.edits.changed_box import Box


def whole(shape: tuple[int, int, int]) -> Box:
    """Return the box of all voxels of a shape (z, y, x)."""
    z, y, x = (slice(0, length) for length in shape)
    return z, y, x


def box_of(mask: NDArray[np.bool_]) -> Box | None:
    """Return the box around the voxels of a mask of shape (z, y, x), None where it is empty."""
    sides = []
    for axis in range(3):
        used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        if not used.size:
            return None
        sides.append(slice(int(used[0]), int(used[-1]) + 1))
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
