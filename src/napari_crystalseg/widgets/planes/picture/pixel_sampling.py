"""Voxels of an array as the pixels of a plane see them: the nearest, of any array and under any rotation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .placement import Placement
from .plane import DOWN_AND_ACROSS, Plane

ReadPlane = Callable[[int, int], NDArray[Any] | None]
"""``read(axis, index)``: plane ``index`` along ``axis`` of an array (z, y, x); None while it is still being read."""


@dataclass(frozen=True, eq=False)
class Window:
    """The part of a picture that an array covers.

    Parameters
    ----------
    values : ndarray, shape (h, w)
        Voxels there; outside of ``inside`` of no meaning.
    rows, columns : slice
        Where they lie in the picture.
    inside : ndarray of bool, shape (h, w), or None
        Which pixels have a voxel; None for all of the window.
    """

    values: NDArray[Any]
    rows: slice
    columns: slice
    inside: NDArray[np.bool_] | None = None


def sampled(
    shape: tuple[int, int, int], placement: Placement, plane: Plane, read: ReadPlane, whole: NDArray[Any] | None
) -> Window | None:
    """Take the voxel nearest to each pixel.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels of the array.
    placement : Placement
        Where they lie.
    plane : Plane
        Plane and picture.
    read : callable
        Reads a plane of the array; asked where its axes lie along the world's.
    whole : ndarray, shape (z, y, x), or None
        The array itself, needed where it is turned; None for one that is not in memory.

    Returns
    -------
    Window or None
        None where the plane passes by, or is not there yet.
    """
    axes = placement.axes
    if axes is None:
        return None if whole is None else _turned(whole, placement, plane)
    normal = axes[plane.axis]
    index = _nearest(placement.matrix[normal, plane.axis] * plane.point[plane.axis] + placement.offset[normal])
    if not 0 <= index < shape[normal]:
        return None
    picked, windows = [], []
    for world_axis, places in zip(DOWN_AND_ACROSS[plane.axis], plane.places(), strict=True):
        axis = axes[world_axis]
        indices = np.floor(placement.matrix[axis, world_axis] * places + placement.offset[axis] + 0.5)
        covered = np.flatnonzero((indices >= 0) & (indices < shape[axis]))
        if not len(covered):
            return None
        windows.append(slice(int(covered[0]), int(covered[-1]) + 1))
        picked.append((axis, indices[covered].astype(np.intp)))
    found = read(normal, int(index))
    if found is None:
        return None
    (down, rows), (across, columns) = picked
    if down > across:
        found = found.T
    # One axis after the other: far quicker than both at once.
    return Window(found.take(rows, axis=0).take(columns, axis=1), windows[0], windows[1])


def _nearest(index: float) -> int:
    return int(np.floor(index + 0.5))


def _turned(whole: NDArray[Any], placement: Placement, plane: Plane) -> Window | None:
    down, across = plane.places()
    row_axis, column_axis = DOWN_AND_ACROSS[plane.axis]
    start = placement.matrix[:, plane.axis] * plane.point[plane.axis] + placement.offset
    indices = (
        start[:, np.newaxis, np.newaxis]
        + placement.matrix[:, row_axis, np.newaxis, np.newaxis] * down[np.newaxis, :, np.newaxis]
        + placement.matrix[:, column_axis, np.newaxis, np.newaxis] * across[np.newaxis, np.newaxis, :]
    )
    near = np.floor(indices + 0.5).astype(np.intp)
    limit = np.array(whole.shape)[:, np.newaxis, np.newaxis]
    inside = np.asarray(((near >= 0) & (near < limit)).all(axis=0))
    if not inside.any():
        return None
    z, y, x = np.clip(near, 0, limit - 1)
    return Window(whole[z, y, x], slice(None), slice(None), inside)
