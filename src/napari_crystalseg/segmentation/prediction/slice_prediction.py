"""Voxel values to logits, each slice by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, part, silent
from ..engines.engine import Engine
from .padding import padded_by_edges
from .tile_prediction import predict_logits
from .tiles import air_about, slice_about

if TYPE_CHECKING:
    import torch


def predict_slices(
    voxel_values: NDArray[np.float32],
    engine: Engine,
    patch_size: tuple[int, int, int],
    coarsest_pixels: int | None,
    *,
    mirror_axes: tuple[int, ...] = (),
    with_spread: bool = False,
    progress: Progress = silent,
) -> torch.Tensor:
    """Run a network of slices over each slice of a volume by itself.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values.
    engine : Engine
        Runs the network, which takes one slice, (1, 1, 1, y, x).
    patch_size : (int, int, int)
        Most voxels of a tile, one along z; a smaller slice is one tile.
    coarsest_pixels : int or None
        Tiles are a multiple of this, at least three times as long: what the network's last stage takes for one. Where a
        tile is longer than the slice, its outermost pixels go on. None, and tiles are patches, with air (0) about the
        slice.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x), of which z is none.
    with_spread : bool
        As in :func:`predict_logits`.
    progress : Progress
        Told of every tile.

    Returns
    -------
    tensor of float32, shape (class, z, y, x)
        On the engine's device.
    """
    import torch

    shape = (1, *voxel_values.shape[1:])
    size = patch_size
    if coarsest_pixels is not None:
        about = slice_about(shape, coarsest_pixels)
        size = (1, min(patch_size[1], about[1]), min(patch_size[2], about[2]))
    (_, (top, _), (left, _)) = air_about(shape, size)
    found = []
    for number, section in enumerate(voxel_values):
        told = part(progress, number / len(voxel_values), (number + 1) / len(voxel_values))
        shown = section[None] if coarsest_pixels is None else padded_by_edges(section[None], size)
        logits = predict_logits(
            shown,
            engine,
            size,
            mirror_axes=mirror_axes,
            with_spread=with_spread,
            progress=told,
        )
        if coarsest_pixels is not None:
            logits = logits[:, :, top : top + shape[1], left : left + shape[2]]
        found.append(logits)
    return torch.cat(found, dim=1)
