"""Overlapping tiles over a grid and how they are blended; the same places and weights as nnU-Net's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

Tile = tuple[slice, slice, slice]


def tiles(shape: tuple[int, ...], size: tuple[int, ...], overlap: float = 0.5) -> list[Tile]:
    """Places of the tiles, from the first corner to the last.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels of the grid along (z, y, x), none fewer than ``size``.
    size : (int, int, int)
        Voxels of a tile.
    overlap : float
        Least share of a tile's edge that it has in common with the next.

    Returns
    -------
    list of (slice, slice, slice)
    """
    starts = []
    for length, edge in zip(shape, size, strict=True):
        count = int(np.ceil((length - edge) / (edge * (1 - overlap)))) + 1
        step = (length - edge) / (count - 1) if count > 1 else 0.0
        starts.append([round(step * index) for index in range(count)])
    return [(slice(z, z + size[0]), slice(y, y + size[1]), slice(x, x + size[2])) for z, y, x in product(*starts)]


def blending_weights(size: tuple[int, ...]) -> NDArray[np.float32]:
    """Gaussian weights of a tile, greatest in its middle, with a standard deviation of an eighth of its edges.

    Parameters
    ----------
    size : (int, int, int)
        Voxels of a tile.

    Returns
    -------
    ndarray of float32, shape size
        From 1 in the middle down to about 1e-10, never 0.
    """
    weights = np.ones((1, 1, 1))
    for axis, edge in enumerate(size):
        profile = np.exp(-0.5 * ((np.arange(edge) - edge // 2) / (edge / 8)) ** 2)
        weights = weights * profile.reshape([-1 if axis == other else 1 for other in range(3)])
    return weights.astype(np.float32)


def air_about(shape: Sequence[int], size: Sequence[int]) -> list[tuple[int, int]]:
    """Voxels of air to put before and after a grid along each axis, so that it lies amid ``size`` voxels or more."""
    missing = [max(wanted - length, 0) for wanted, length in zip(size, shape, strict=True)]
    return [(margin // 2, margin - margin // 2) for margin in missing]


def tile_about(shape: Sequence[int], coarsest_voxels: int) -> tuple[int, int, int]:
    """Lengthen a shape to what a network can take.

    Parameters
    ----------
    shape : sequence of int
        Voxels (z, y, x) that the tile must hold.
    coarsest_voxels : int
        Voxels along a side of what the network's last stage takes for one.

    Returns
    -------
    (int, int, int)
        A multiple of the coarsest voxel along each axis, three of them or more.
    """
    # On 2³ coarsest voxels the weight gradients of a convolution in bf16 are wrong (oneDNN of torch 2.13 on AVX-512).
    z, y, x = (max(3, -(-int(length) // coarsest_voxels)) * coarsest_voxels for length in shape)
    return z, y, x


def slice_about(shape: Sequence[int], coarsest_pixels: int) -> tuple[int, int, int]:
    """As :func:`tile_about` for a single slice of shape (z, y, x): one voxel along z, lengthened along y and x."""
    _, y, x = tile_about(shape, coarsest_pixels)
    return 1, y, x
