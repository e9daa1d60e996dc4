"""Voxel values to logits, tile by tile."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...progress import Progress, silent
from .image_spread import ImageSpread
from .tiles import air_about, blending_weights, tiles

if TYPE_CHECKING:
    import torch


def predict_logits(
    voxel_values: NDArray[np.float32],
    network: torch.nn.Module,
    patch_size: tuple[int, int, int],
    *,
    mirror_axes: tuple[int, ...] = (),
    low_precision: bool | None = None,
    with_spread: bool = False,
    progress: Progress = silent,
) -> torch.Tensor:
    """Run a network over a normalised volume in overlapping tiles, blended with Gaussian weights.

    Parameters
    ----------
    voxel_values : ndarray of float32, shape (z, y, x)
        Normalised voxel values. Where it is smaller than a tile, air (0) surrounds it.
    network : torch.nn.Module
        Maps (1, 1, z, y, x) to (1, class, z, y, x).
    patch_size : (int, int, int)
        Voxels of a tile.
    mirror_axes : tuple of int
        Average over all mirror images along these axes of (z, y, x).
    low_precision : bool, optional
        bf16 on the CPU, by default where the CPU has instructions for it; always half precision on a GPU unless False.
    with_spread : bool
        Add a channel at the end: the standard deviation of the class probabilities over the mirror images, of all
        classes together.
    progress : Progress
        Told of every tile.

    Returns
    -------
    tensor of float32, shape (class, z, y, x)
        On the CPU.
    """
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if low_precision is None:
        low_precision = device.type == "cuda" or _cpu_has_bf16()
    margins = air_about(voxel_values.shape, patch_size)
    padded = np.pad(voxel_values, margins)
    source = torch.from_numpy(padded)
    weights = torch.from_numpy(blending_weights(patch_size)).to(device)
    network = network.to(device)
    total, weight_sum = None, torch.zeros(padded.shape)
    places = tiles(padded.shape, patch_size)
    dtype = torch.bfloat16 if device.type == "cpu" else torch.float16
    # Batch and channel come first.
    flips = [axes for count in range(4) for axes in combinations([axis + 2 for axis in mirror_axes], count)]
    with torch.inference_mode():
        for number, place in enumerate(places):
            tile = source[place][None, None].to(device)
            logits, spread = None, ImageSpread()
            for image, flipped in enumerate(flips):
                share = (number + image / len(flips)) / len(places)
                ways = f", mirror image {image + 1} of {len(flips)}" if mirror_axes else ""
                progress(share, f"tile {number + 1} of {len(places)}{ways}")
                with torch.autocast(device.type, dtype=dtype, enabled=low_precision):
                    seen = network(torch.flip(tile, flipped))
                seen = torch.flip(seen.float(), flipped)
                logits = seen if logits is None else logits + seen
                if with_spread:
                    spread.add(seen[0].softmax(0))
            assert logits is not None
            if with_spread:
                # Weighted as the others are, below.
                logits = torch.cat([logits, len(flips) * spread.deviation()[None, None]], dim=1)
            if total is None:
                total = torch.zeros((logits.shape[1], *padded.shape))
            total[:, *place] += (logits[0] * (weights / len(flips))).cpu()
            weight_sum[place] += weights.cpu()
        assert total is not None
        total /= weight_sum
    inner = tuple(
        slice(before, before + length) for (before, _), length in zip(margins, voxel_values.shape, strict=True)
    )
    return total[:, *inner]


def _cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bf16 in hardware; without, bf16 is slower than float32."""
    import torch

    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        supported = getattr(torch.cpu, name, None)
        if supported is not None and supported():
            return True
    return False
