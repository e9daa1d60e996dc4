"""Coarser copies of a grid, each half as fine as the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....labels import Material

_COARSEST = 128
_SLICES_AT_ONCE = 32


def coarser_levels(data: NDArray[Any], labels: bool) -> Iterator[tuple[NDArray[Any], tuple[int, int, int]]]:
    """Iterate over coarser copies until no axis is longer than 128 voxels.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        Voxel values or labels.
    labels : bool
        Take the class that most of the voxels have, the lower one where two are as frequent; else their mean.

    Yields
    ------
    level : ndarray, shape (z, y, x)
        Lengths are halved and rounded up; a voxel at an odd end stands for those that there are.
    factors : (int, int, int)
        How many voxels of ``data`` one spans along each axis: a power of two, 1 along an axis of one voxel.
    """
    factors = [1, 1, 1]
    while max(data.shape) > _COARSEST:
        steps = [2 if length > 1 else 1 for length in data.shape]
        factors = [factor * step for factor, step in zip(factors, steps, strict=True)]
        data = _halved(data, steps, labels)
        yield data, (factors[0], factors[1], factors[2])


def _halved(data: NDArray[Any], steps: list[int], labels: bool) -> NDArray[Any]:
    shape = [-(-length // step) for length, step in zip(data.shape, steps, strict=True)]
    result = np.empty(shape, data.dtype)
    for first in range(0, shape[0], _SLICES_AT_ONCE):
        last = min(first + _SLICES_AT_ONCE, shape[0])
        slab = data[first * steps[0] : last * steps[0]]
        wanted = (last - first, *shape[1:])
        # An odd end is repeated, which leaves means and majorities as they are.
        lacking = [(0, n * step - have) for n, step, have in zip(wanted, steps, slab.shape, strict=True)]
        if any(after for _, after in lacking):
            slab = np.pad(slab, lacking, mode="edge")
        if not labels:
            result[first:last] = _blocks(slab, steps).mean(axis=(1, 3, 5), dtype=np.float32)
            continue
        best = np.zeros(wanted, np.uint8)
        for code in Material:
            count = _blocks(slab == code, steps).sum(axis=(1, 3, 5), dtype=np.uint8)
            more = count > best
            result[first:last][more] = code
            best[more] = count[more]
    return result


def _blocks(slab: NDArray[Any], steps: list[int]) -> NDArray[Any]:
    z, y, x = (length // step for length, step in zip(slab.shape, steps, strict=True))
    return slab.reshape(z, steps[0], y, steps[1], x, steps[2])
