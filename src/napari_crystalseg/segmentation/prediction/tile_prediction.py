"""Voxel values to logits, tile by tile."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from ..engines.engine import Engine
from .image_spread import ImageSpread
from .tiles import air_about, blending_weights, tiles

if TYPE_CHECKING:
    import torch


def predict_logits(
    voxel_values: NDArray[np.float32],
    engine: Engine,
    patch_size: tuple[int, int, int],
    *,
    mirror_axes: tuple[int, ...] = (),
    with_spread: bool = False,
    progress: Progress = silent,
) -> torch.Tensor:
    """Run a network over a normalised volume in overlapping tiles, blended with Gaussian weights.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values. Where it is smaller than a tile, air (0) surrounds it.
    engine : Engine
        Runs the network, which takes (1, 1, z, y, x).
    patch_size : (int, int, int)
        Voxels of a tile.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x).
    with_spread : bool
        Add a channel at the end: the standard deviation of the class probabilities over the mirror images, of all
        classes together.
    progress : Progress
        Told of every tile.

    Returns
    -------
    tensor of float32, shape (class, z, y, x)
        On the engine's device.
    """
    import torch

    margins = air_about(voxel_values.shape, patch_size)
    padded = np.pad(voxel_values, margins)
    device = engine.device
    source = torch.from_numpy(padded).to(device)
    weights = torch.from_numpy(blending_weights(patch_size)).to(device)
    total, weight_sum = None, torch.zeros(padded.shape, device=device)
    places = tiles(padded.shape, patch_size)
    # Batch and channel come first.
    flips = [axes for count in range(4) for axes in combinations([axis + 2 for axis in mirror_axes], count)]
    with torch.inference_mode():
        for number, place in enumerate(places):
            progress(number / len(places), f"tile {number + 1} of {len(places)}")
            shown = engine.shown(source[place][None, None])
            logits, spread = None, ImageSpread()
            for image, flipped in enumerate(flips):
                share = (number + image / len(flips)) / len(places)
                ways = f", mirror image {image + 1} of {len(flips)}" if mirror_axes else ""
                progress(share, f"tile {number + 1} of {len(places)}{ways}")
                seen = torch.flip(engine.scores_of(torch.flip(shown, flipped)), flipped)
                if with_spread:
                    spread.add(seen[0].softmax(0))
                logits = seen if logits is None else logits.add_(seen)
            assert logits is not None
            if with_spread:
                # Weighted as the others are, below.
                logits = torch.cat([logits, len(flips) * spread.deviation()[None, None]], dim=1)
            if total is None:
                total = torch.zeros((logits.shape[1], *padded.shape), device=device)
            total[:, *place] += logits[0].mul_(weights / len(flips))
            weight_sum[place] += weights
        assert total is not None
        total /= weight_sum
    inner = tuple(
        slice(before, before + length) for (before, _), length in zip(margins, voxel_values.shape, strict=True)
    )
    return total[:, *inner]
