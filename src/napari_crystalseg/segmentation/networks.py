"""The network: nnU-Net's plain U-Net, shown the faint contrast within the sample beside the greys.

Imported by name from a model's plans, only where a network is built.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .torchvision_ops import declare_missing_operators

declare_missing_operators()
from dynamic_network_architectures.architectures.unet import PlainConvUNet  # noqa: E402

_SAMPLE_LEVEL = 0.5  # half way between air (0) and the middle of the sample (1)
_GAIN = 4.0


class ContrastUNet(PlainConvUNet):
    """U-Net with a second input that it makes itself: smoothed greys within the sample, amplified about their middle.

    Crystal and liquor differ by a tenth of what parts both from air, below the noise of a single voxel. Shown that
    difference at once, the network learns it in a fraction of the steps.

    Parameters
    ----------
    input_channels : int
        1: normalised greys.
    *arguments, **options
        As of nnU-Net's ``PlainConvUNet``.
    """

    def __init__(self, input_channels: int, *arguments: Any, **options: Any) -> None:
        super().__init__(2 * input_channels, *arguments, **options)
        self.register_buffer("narrow", _gaussian(1.0), persistent=False)
        self.register_buffer("broad", _gaussian(1.5), persistent=False)

    def forward(self, greys: torch.Tensor) -> Any:
        """Class scores of greys of shape (batch, 1, z, y, x), one tensor or one a depth of supervision."""
        return super().forward(torch.cat([greys, self.contrast(greys)], dim=1))

    @torch.no_grad()
    def contrast(self, greys: torch.Tensor) -> torch.Tensor:
        """Smoothed greys within the sample, less 1, times four, clipped to ±3; 0 in air.

        Only voxels of the sample take part in the smoothing (normalised convolution, Knutsson & Westin 1993), so that
        the surface does not look darker than the inside.
        """
        with torch.autocast(greys.device.type, enabled=False):
            greys = greys.float()
            sample = (_smooth(greys, self.narrow) > _SAMPLE_LEVEL).float()  # type: ignore[arg-type]
            weight = _smooth(sample, self.broad).clamp_min(1e-3)  # type: ignore[arg-type]
            mean = _smooth(greys * sample, self.broad) / weight  # type: ignore[arg-type]
            return ((mean - 1) * _GAIN).clamp(-3, 3) * sample


def _gaussian(sigma: float) -> torch.Tensor:
    reach = round(3 * sigma)
    profile = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, dtype=torch.float32) / sigma) ** 2)
    return profile / profile.sum()


def _smooth(values: torch.Tensor, profile: torch.Tensor) -> torch.Tensor:
    length, reach = len(profile), len(profile) // 2
    for axis in range(3):
        shape, margin = [1, 1, 1, 1, 1], [0, 0, 0]
        shape[2 + axis], margin[axis] = length, reach
        values = nn.functional.conv3d(values, profile.reshape(shape), padding=margin)
    return values
