"""Boxes of a grid from values on another over the same field: interpolated, or averaged."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Corner = tuple[int, int, int]


def resampled(
    read: Callable[[Corner, Corner], NDArray[Any]],
    shape: tuple[int, int, int],
    onto: tuple[int, int, int],
    low: Corner,
    high: Corner,
) -> NDArray[np.float32]:
    """Bring values from one grid to a box of another that covers the same field.

    Parameters
    ----------
    read : callable
        Gives the values (..., z, y, x) of a box of the first grid, of its lower corner and the one beyond its upper.
    shape, onto : (int, int, int)
        Voxels (z, y, x) of the first grid and of the other.
    low, high : (int, int, int)
        Corners of the box, the upper one beyond it. Where it reaches beyond the field, its outermost voxels go on.

    Returns
    -------
    ndarray of float32, shape (..., *(high - low))
        Linear interpolation along axes with more voxels on the other grid, the mean over each voxel along those with
        fewer.
    """
    along = [_weights(*lengths) for lengths in zip(shape, onto, low, high, strict=True)]
    first = tuple(start for start, _ in along)
    beyond = tuple(start + matrix.shape[1] for start, matrix in along)
    values = np.asarray(read((first[0], first[1], first[2]), (beyond[0], beyond[1], beyond[2])), dtype=np.float32)
    z, y, x = (matrix for _, matrix in along)
    if values.shape[-3:] == (len(z), len(y), len(x)) and all(_changes_nothing(matrix) for matrix in (z, y, x)):
        return values
    values = np.matmul(y, values @ x.T)
    lines = values.reshape(*values.shape[:-2], -1)
    found: NDArray[np.float32] = np.matmul(z, lines).reshape(*values.shape[:-3], len(z), *values.shape[-2:])
    return found


@lru_cache(maxsize=4096)
def _weights(count: int, onto: int, low: int, high: int) -> tuple[int, NDArray[np.float32]]:
    """First voxel of an axis that a stretch of another needs, and the weights (voxel of the stretch, voxel needed)."""
    target = np.clip(np.arange(low, high), 0, onto - 1)
    if onto >= count:
        position = np.clip((target + 0.5) * count / onto - 0.5, 0, count - 1)
        below = np.floor(position + 1e-9).astype(int)
        share = np.clip(position - below, 0, 1)
        above = np.minimum(below + 1, count - 1)
        first, last = int(below.min()), int(above.max())
        matrix = np.zeros((len(target), last - first + 1), dtype=np.float32)
        np.add.at(matrix, (np.arange(len(target)), below - first), 1 - share)
        np.add.at(matrix, (np.arange(len(target)), above - first), share)
        return first, matrix
    left, right = target * count / onto, (target + 1) * count / onto
    first, last = int(np.floor(left.min() + 1e-9)), int(np.ceil(right.max() - 1e-9)) - 1
    voxels = np.arange(first, last + 1)
    overlap = np.minimum(right[:, None], voxels + 1) - np.maximum(left[:, None], voxels)
    return first, (np.clip(overlap, 0, 1) * onto / count).astype(np.float32)


def _changes_nothing(matrix: NDArray[np.float32]) -> bool:
    return bool((np.diagonal(matrix) == 1).all())
