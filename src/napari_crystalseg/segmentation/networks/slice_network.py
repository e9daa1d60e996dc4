"""A network of slices, made to look like one of volumes."""

from __future__ import annotations

import torch
from torch import nn


class SliceNetwork(nn.Module):
    """Show a 2-D network volumes of a single slice.

    Parameters
    ----------
    network : torch.nn.Module
        Maps (batch, 1, y, x) to (batch, class, y, x).
    """

    sees_slices = True

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, voxel_values: torch.Tensor) -> torch.Tensor:
        """Class scores, shape (batch, class, 1, y, x), of voxel values of shape (batch, 1, 1, y, x)."""
        return torch.as_tensor(self.network(voxel_values[:, :, 0])[:, :, None])
