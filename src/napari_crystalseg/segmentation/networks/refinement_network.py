"""The network that refines: what it is shown of a block, and what it says.

Imported only where a network is built.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .subvoxels import VOXELS, to_blocks, to_voxels

COARSEST_VOXELS = 8
"""Blocks that the network is shown are a multiple of this along each axis."""
SURELY = 0.02
"""What is added to each probability that is fed, so that none is beyond being overturned."""
FEATURES = (32, 48, 48)
_SLOPE = 0.01


class RefinementNetwork(nn.Module):
    """Small U-Net that corrects class probabilities by the voxel values about them.

    It takes each block of 2³ voxels as one with eight times the channels (Shi et al. 2016), as the network of the whole
    sample does, so that it sees and labels single voxels in a third of the time. Its scores are added to the logarithms
    of what it was fed: with a last layer of zeros it changes nothing, which is how a training begins. Nothing in it
    depends on the block as a whole, so that a voxel is judged alike whatever else its block holds.

    Parameters
    ----------
    classes : int
        Classes, in the order of the probabilities.
    features : sequence of int
        Channels at blocks of 2, 4 and 8 voxels a side.
    """

    def __init__(self, classes: int, features: Sequence[int] = FEATURES) -> None:
        super().__init__()
        first, second, third = features
        self.classes = classes
        self.fine = nn.Sequential(*_convolution(VOXELS * (1 + classes), first), *_convolution(first, first))
        self.middle = nn.Sequential(*_convolution(first, second, 2), *_convolution(second, second))
        self.coarse = nn.Sequential(*_convolution(second, third, 2), *_convolution(third, third))
        self.to_middle = nn.ConvTranspose3d(third, second, 2, 2)
        self.again_middle = nn.Sequential(*_convolution(second, second))
        self.to_fine = nn.ConvTranspose3d(second, first, 2, 2)
        self.again_fine = nn.Sequential(*_convolution(first, first), *_convolution(first, first))
        self.scores = nn.Conv3d(first, VOXELS * classes, 3, padding=1)
        _prepare_weights(self)
        nn.init.zeros_(self.scores.weight)

    def forward(self, shown: torch.Tensor) -> torch.Tensor:
        """Scores of each class.

        Parameters
        ----------
        shown : tensor, shape (batch, 1 + class, z, y, x)
            Normalised voxel values, then the probability of each class; lengths a multiple of
            :data:`COARSEST_VOXELS`.

        Returns
        -------
        tensor, shape (batch, class, z, y, x)
        """
        fine = self.fine(to_blocks(shown))
        middle = self.middle(fine)
        middle = self.again_middle(middle + self.to_middle(self.coarse(middle)))
        fine = self.again_fine(fine + self.to_fine(middle))
        return torch.log(shown[:, 1:] + SURELY) + to_voxels(self.scores(fine))


def _prepare_weights(network: nn.Module) -> None:
    """Draw weights that keep the spread of what passes (He et al. 2015): no norm does it here.

    With PyTorch's own, what comes back from the coarse stages is too faint for them ever to learn.
    """
    for module in network.modules():
        if isinstance(module, nn.ConvTranspose3d):  # each voxel is of one of its taps, and added to as much again
            nn.init.normal_(module.weight, 0, module.in_channels**-0.5)
        elif isinstance(module, nn.Conv3d):
            nn.init.kaiming_normal_(module.weight, _SLOPE, nonlinearity="leaky_relu")
        else:
            continue
        assert module.bias is not None
        nn.init.zeros_(module.bias)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    return [nn.Conv3d(inputs, outputs, 3, stride, padding=1), nn.LeakyReLU(_SLOPE)]
