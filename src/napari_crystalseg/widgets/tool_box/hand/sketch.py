"""What the hand draws for a tool, as voxels of the slice that it draws in; without Qt."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....review.tools.need import Need
from ..proposals.proposal import DRAWN
from .seen_slice import SeenSlice


def drawn_voxels(
    path: NDArray[np.float64], axis: int, shape: tuple[int, int, int], closed: bool = False
) -> tuple[Box, NDArray[np.uint8]] | None:
    """Draw lines from point to point in a slice.

    Parameters
    ----------
    path : ndarray of float64, shape (point, 3)
        Points (z, y, x) in voxels, all in one slice.
    axis : int
        Axis across the slice.
    shape : (int, int, int)
        Shape (z, y, x) of the labels.
    closed : bool
        Draw a line from the last point to the first.

    Returns
    -------
    box, picture : (slice, slice, slice), ndarray of uint8
        Around the lines, and their voxels with code :data:`DRAWN`; None where all lies outside.
    """
    points = np.rint(np.vstack([path, path[:1]]) if closed else path).astype(np.int64)
    # One point more than the longest step has voxels leaves no gap.
    pieces = [points[:1]]
    for start, stop in pairwise(points):
        steps = int(np.abs(stop - start).max())
        if steps:
            part = np.linspace(0, 1, steps + 1)[1:, np.newaxis]
            pieces.append(np.rint(start + part * (stop - start)).astype(np.int64))
    voxels = np.concatenate(pieces)
    voxels = voxels[((voxels >= 0) & (voxels < shape)).all(axis=1)]
    if not len(voxels):
        return None
    low, high = voxels.min(axis=0), voxels.max(axis=0) + 1
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    picture = np.zeros(tuple(high - low), np.uint8)
    picture[tuple((voxels - low).T)] = DRAWN
    return (z, y, x), picture


def box_between(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    axis: int,
    voxel_size_um: tuple[float, float, float],
    shape: tuple[int, int, int],
) -> Box | None:
    """Return the box over a rectangle in a slice, about as deep as its shorter side, half of it on each side.

    Parameters
    ----------
    one, other : ndarray of float64, shape (3,)
        Opposite corners (z, y, x) in voxels.
    axis : int
        Axis across the slice.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    shape : (int, int, int)
        Shape (z, y, x) of the labels; the box ends there.

    Returns
    -------
    (slice, slice, slice) or None
        None where the rectangle lies outside.
    """
    low, high = np.floor(np.minimum(one, other) + 0.5), np.floor(np.maximum(one, other) + 0.5)
    sides_um = (high - low + 1) * voxel_size_um
    half = np.delete(sides_um, axis).min() / voxel_size_um[axis] / 2
    low[axis], high[axis] = np.floor(one[axis] - half + 0.5), np.floor(one[axis] + half + 0.5)
    low = np.maximum(low, 0)
    high = np.minimum(high + 1, shape)
    if (high <= low).any():
        return None
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return z, y, x


def sketch(
    need: Need, path: NDArray[np.float64], seen: SeenSlice, shape: tuple[int, int, int]
) -> tuple[Box, NDArray[np.uint8]] | None:
    """Draw what the hand shows a tool, while it draws.

    Parameters
    ----------
    need : Need
        What the tool needs: a stroke stays open, an outline is closed, a box is drawn by its corners.
    path : ndarray of float64, shape (point, 3)
        Points (z, y, x) in voxels.
    seen : SeenSlice
        Slice to draw them in.
    shape : (int, int, int)
        Shape (z, y, x) of the labels.

    Returns
    -------
    box, picture : (slice, slice, slice), ndarray of uint8
        As of :func:`drawn_voxels`; None where all lies outside.
    """
    if need is Need.BOX:
        one, other = path[0], path[-1]
        rows, columns = (axis for axis in range(3) if axis != seen.axis)
        corners = np.stack([one, one, other, other])
        corners[1, columns], corners[3, columns] = other[columns], one[columns]
        corners[1, rows], corners[3, rows] = one[rows], other[rows]
        path = corners
    path = path.copy()
    path[:, seen.axis] = seen.index
    return drawn_voxels(path, seen.axis, shape, closed=need is not Need.STROKE)
