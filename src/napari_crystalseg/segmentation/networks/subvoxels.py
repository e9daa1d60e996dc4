"""Sub-voxel convolution: blocks of 2³ voxels taken for one voxel with eight times the channels (Shi et al. 2016)."""

from __future__ import annotations

import torch

VOXELS = 8
"""In a block of two voxels a side."""


def to_blocks(values: torch.Tensor) -> torch.Tensor:
    """Put the voxels of each block into channels.

    Parameters
    ----------
    values : tensor, shape (batch, channel, z, y, x)
        Lengths are even.

    Returns
    -------
    tensor, shape (batch, channel · 8, z / 2, y / 2, x / 2)
    """
    batch, channels, z, y, x = values.shape
    blocks = values.reshape(batch, channels, z // 2, 2, y // 2, 2, x // 2, 2)
    return blocks.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(batch, channels * VOXELS, z // 2, y // 2, x // 2)


def to_voxels(values: torch.Tensor) -> torch.Tensor:
    """Undo :func:`to_blocks`: (batch, channel · 8, z, y, x) to (batch, channel, 2 z, 2 y, 2 x)."""
    batch, channels, z, y, x = values.shape
    voxels = values.reshape(batch, channels // VOXELS, 2, 2, 2, z, y, x)
    return voxels.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(batch, channels // VOXELS, 2 * z, 2 * y, 2 * x)
