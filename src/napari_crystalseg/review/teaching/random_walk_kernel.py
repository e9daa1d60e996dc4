"""Compiled steps of random walks. Imports numba: import this module only where strokes are taught."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True)
def link(image: NDArray[np.float32], contrast: float, out: NDArray[np.float32], start: int, stop: int) -> None:
    """Write how easily a walk steps from each voxel to the next along each axis: hardly across an edge.

    Parameters
    ----------
    image : ndarray of float32, shape (z, y, x)
        Voxel values.
    contrast : float
        Difference of two voxel values that is an edge.
    out : ndarray of float32, shape (3, z, y, x)
        Weights along z, y and x; 0 at the far end.
    start, stop : int
        Slices to do.
    """
    depth, height, width = image.shape
    for z in range(start, stop):
        for y in range(height):
            for x in range(width):
                own = image[z, y, x]
                for axis in range(3):
                    k = z + 1 if axis == 0 else z
                    j = y + 1 if axis == 1 else y
                    i = x + 1 if axis == 2 else x
                    if k == depth or j == height or i == width:
                        out[axis, z, y, x] = 0.0
                        continue
                    ratio = (image[k, j, i] - own) / contrast
                    out[axis, z, y, x] = math.exp(-0.5 * min(ratio * ratio, 18.0))


@kernel(nogil=True)
def relax(
    links: NDArray[np.float32],
    prior: NDArray[np.float32],
    hold: NDArray[np.float32],
    found: NDArray[np.float32],
    colour: int,
    start: int,
    stop: int,
) -> None:
    """Bring every other voxel to the mean of its neighbours and of its prior (one half of a Gauss-Seidel step).

    Parameters
    ----------
    links : ndarray of float32, shape (3, z, y, x)
        By :func:`link`.
    prior : ndarray of float32, shape (z, y, x, class)
        Probabilities of each voxel by itself.
    hold : ndarray of float32, shape (z, y, x)
        Weight of the prior against a neighbour.
    found : ndarray of float32, shape (z, y, x, class)
        Probabilities, changed in place.
    colour : int
        0 or 1: the voxels whose indices have an even sum, or the others.
    start, stop : int
        Slices to do.
    """
    depth, height, width, classes = prior.shape
    for z in range(start, stop):
        for y in range(height):
            for x in range((z + y + colour) % 2, width, 2):
                own = hold[z, y, x]
                if own > 1e5:
                    continue
                w0 = links[0, z - 1, y, x] if z else np.float32(0.0)
                w1 = links[0, z, y, x]
                w2 = links[1, z, y - 1, x] if y else np.float32(0.0)
                w3 = links[1, z, y, x]
                w4 = links[2, z, y, x - 1] if x else np.float32(0.0)
                w5 = links[2, z, y, x]
                k0, k1 = max(z - 1, 0), min(z + 1, depth - 1)
                j0, j1 = max(y - 1, 0), min(y + 1, height - 1)
                i0, i1 = max(x - 1, 0), min(x + 1, width - 1)
                total = own + w0 + w1 + w2 + w3 + w4 + w5
                for c in range(classes):
                    found[z, y, x, c] = (
                        own * prior[z, y, x, c]
                        + w0 * found[k0, y, x, c]
                        + w1 * found[k1, y, x, c]
                        + w2 * found[z, j0, x, c]
                        + w3 * found[z, j1, x, c]
                        + w4 * found[z, y, i0, c]
                        + w5 * found[z, y, i1, c]
                    ) / total
