"""Voxel values to logits in the box that holds the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from ..engines.engine import Engine
from .padding import padded_by_edges
from .sample_box import find_sample
from .tile_prediction import predict_logits
from .tiles import air_about, tile_about

if TYPE_CHECKING:
    import torch

_SURELY = 30.0  # a logit beside zeros


def predict_sample(
    voxel_values: NDArray[np.float32],
    engine: Engine,
    patch_size: tuple[int, int, int],
    coarsest_voxels: int,
    *,
    mirror_axes: tuple[int, ...] = (),
    with_spread: bool = False,
    progress: Progress = silent,
) -> torch.Tensor:
    """Run a network over the box that holds the sample, and call the rest air.

    Where a tile is longer than the box, its outermost voxels go on, so that a sample cut off by the field has no face
    there and a stack of like slices is seen alike whatever their number.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values.
    engine : Engine
        Runs the network, which takes (1, 1, z, y, x) and was trained on such boxes; class 0 is air.
    patch_size : (int, int, int)
        Most voxels of a tile; a smaller box is one tile.
    coarsest_voxels : int
        Tiles are a multiple of this, at least three times as long: what the network's last stage takes for one voxel.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x).
    with_spread : bool
        As in :func:`.predict_logits`.
    progress : Progress
        Told of every tile.

    Returns
    -------
    tensor of float32, shape (class, z, y, x)
        On the engine's device.
    """
    import torch

    box = find_sample(voxel_values)
    about = tile_about([side.stop - side.start for side in box], coarsest_voxels)
    z, y, x = (min(edge, length) for edge, length in zip(patch_size, about, strict=True))
    shown = voxel_values[box]
    margins = air_about(shown.shape, (z, y, x))
    logits = predict_logits(
        padded_by_edges(shown, (z, y, x)),
        engine,
        (z, y, x),
        mirror_axes=mirror_axes,
        with_spread=with_spread,
        progress=progress,
    )
    inner = tuple(slice(before, before + length) for (before, _), length in zip(margins, shown.shape, strict=True))
    logits = logits[:, *inner]
    whole = torch.zeros((len(logits), *voxel_values.shape), device=logits.device)
    whole[0] = _SURELY
    whole[:, *box] = logits
    return whole
