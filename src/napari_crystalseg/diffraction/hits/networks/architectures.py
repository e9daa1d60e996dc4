"""The networks of hits: HitNet, the plain CNN, and the one of two inputs.

Imports torch: import this module only inside functions.
"""

from __future__ import annotations

import torch
from torch import nn

from .pooled_image import SHAPE


class HitNet(nn.Module):
    """The paper's binary peak detector: convolution of 10 x 10, group norm, ReLU, halving, 3 x 3, the same, one number.

    Takes pooled images, (batch, 1, 135, 129), and gives the logit of a hit, (batch,).
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 8, 10, padding=1),
            nn.GroupNorm(4, 8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.GroupNorm(4, 16),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.head = nn.Linear(16 * ((SHAPE[0] - 7) // 2) * ((SHAPE[1] - 7) // 2), 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits of a hit."""
        logits: torch.Tensor = self.head(self.body(images))[:, 0]
        return logits


class BaseNet(nn.Module):
    """The paper's base CNN: one convolution, ReLU, one number."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 10, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.head = nn.Linear(8 * ((SHAPE[0] - 7) // 2) * ((SHAPE[1] - 7) // 2), 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits of a hit."""
        logits: torch.Tensor = self.head(self.body(images))[:, 0]
        return logits


class DualNet(nn.Module):
    """The paper's CNN of two inputs: the image, and the peaks alone, which no detector gives.

    An ablation: it takes (batch, 2, 135, 129), the second being the noise-free image of the peaks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            nn.Sequential(nn.Conv2d(1, 8, 5, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
            for _ in range(2)
        )
        self.head = nn.Sequential(nn.LazyLinear(128), nn.ReLU(), nn.Linear(128, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits of a hit."""
        parts = [branch(images[:, number : number + 1]) for number, branch in enumerate(self.branches)]
        logits: torch.Tensor = self.head(torch.cat(parts, dim=1))[:, 0]
        return logits
