"""The band: which blocks of a level a surface reaches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CORE_VOXELS = 32
"""Voxels along a side of a block."""


def block_counts(shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Blocks along each axis of a level; the last may reach beyond it."""
    z, y, x = (-(-length // CORE_VOXELS) for length in shape)
    return z, y, x


def blocks_in_reach(labels: NDArray[np.uint8], shape: tuple[int, int, int], reach_voxels: float) -> NDArray[np.bool_]:
    """Find the blocks of a level that hold more than one class, or have another so near.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z', y', x')
        Classes on a grid over the same field: the level's own or another.
    shape : (int, int, int)
        Voxels (z, y, x) of the level.
    reach_voxels : float
        How far beyond its block a voxel counts, in voxels of the level.

    Returns
    -------
    ndarray of bool, shape (block along z, along y, along x)
        Whether the voxels of the labels that touch the block, or lie within the reach of it, are of several classes.
    """
    least = most = labels
    for axis, (count, length) in enumerate(zip(labels.shape, shape, strict=True)):
        scale = count / length
        stretches = []
        for start in range(0, length, CORE_VOXELS):
            first = int(np.floor((start - reach_voxels) * scale + 1e-9))
            beyond = int(np.ceil((min(start + CORE_VOXELS, length) + reach_voxels) * scale - 1e-9))
            stretches.append(slice(max(first, 0), min(beyond, count)))
        least = np.stack([_along(least, axis, stretch).min(axis) for stretch in stretches], axis)
        most = np.stack([_along(most, axis, stretch).max(axis) for stretch in stretches], axis)
    return np.asarray(least != most)


def _along(array: NDArray[np.uint8], axis: int, stretch: slice) -> NDArray[np.uint8]:
    index = [slice(None)] * 3
    index[axis] = stretch
    return array[tuple(index)]
