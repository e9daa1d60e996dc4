"""A network without what it computes of voxel values first."""

from __future__ import annotations

import torch
from torch import nn


class ChannelNetwork(nn.Module):
    """What of a network another engine can run: from the channels that it looks at to scores.

    Parameters
    ----------
    network : torch.nn.Module
        With ``scores_of_channels``, as :class:`.subvoxel_unet.SubvoxelUNet` has it, or any other, which is taken whole.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.sees_slices = bool(getattr(network, "sees_slices", False))

    def forward(self, shown: torch.Tensor) -> torch.Tensor:
        """Class scores, shape (batch, class, z, y, x), of channels of shape (batch, channel, z, y, x)."""
        return torch.as_tensor(getattr(self.network, "scores_of_channels", self.network)(shown))
