"""The faint contrast within a sample, made plain: what a network is shown beside the voxel values.

Crystal and liquor differ by a tenth of what parts both from air, while phase fringes make the outer skin of any sample
far brighter than its inside. Imported by name from a model's plans, only where a network is built.
"""

from __future__ import annotations

import math

import torch
from torch import nn

CHANNELS = 5
_SAMPLE_LEVEL = 0.5  # half way between air (0) and the middle of the sample (1)
_GAIN = 4.0
_DEEPEST = 16  # voxels below the surface, beyond which depth no longer counts
_SKIN = 4  # voxels below the surface that fringes reach
_FEWEST_INNER_VOXELS = 100
_SCREENING_VOXELS = (2.0, 4.0)


@torch.no_grad()
def contrast_channels(voxel_values: torch.Tensor) -> torch.Tensor:
    """Show voxel values as they are, smoothed within the sample, and against their like at the same depth, in three
    ways.

    The second is the voxel values smoothed over the sample alone, less 1, times four, clipped to ±3. The third is, for
    every voxel, its voxel value less the mean of all voxels as deep below the sample's surface, smoothed over the
    sample and in units of its own spread below the skin, clipped to ±3. It no longer holds the rim that fringes and
    beam hardening give a sample. The last two are the same residual after the filter 1 / (1 + L² k²) with L of 2 and 4
    voxels instead of the smoothing: as in phase retrieval (Paganin et al. 2002), it turns the fringes along inner faces
    into differences of the areas that they bound. All are 0 in air.

    Parameters
    ----------
    voxel_values : tensor, shape (batch, 1, z, y, x)
        Normalised voxel values; even lengths.

    Returns
    -------
    tensor of float32, shape (batch, 5, z, y, x)
    """
    with torch.autocast(voxel_values.device.type, enabled=False):
        voxel_values = voxel_values.float()
        narrow, broad = _gaussian(1.0), _gaussian(1.5)
        sample = (_smooth(voxel_values, narrow) > _SAMPLE_LEVEL).float()
        # Only voxels of the sample take part (normalised convolution, Knutsson & Westin 1993), so that the surface does
        # not look darker than the inside.
        mean = _smooth(voxel_values * sample, broad) / _smooth(sample, broad).clamp_min(1e-3)
        smoothed = ((mean - 1) * _GAIN).clamp(-3, 3) * sample
        depth = _depth(sample)
        residual = _residual_at_depth(voxel_values, depth, sample)
        inner = (depth > _SKIN).float()
        # In a sample so thin that it has no inner voxels, the spread is that of all voxels.
        enough = inner.sum((1, 2, 3, 4), keepdim=True) >= _FEWEST_INNER_VOXELS
        inner = torch.where(enough, inner, sample)
        flat = _smooth(residual, narrow) / _smooth(sample, narrow).clamp_min(1e-3)
        filled = [_fill(residual, length) for length in _SCREENING_VOXELS]
        plain = [_standardised(values, inner) * sample for values in (flat, *filled)]
        return torch.cat([voxel_values, smoothed, *plain], dim=1)


def _fill(values: torch.Tensor, length: float) -> torch.Tensor:
    """Solve the screened Poisson equation: filter with 1 / (1 + L² k²)."""
    shape = values.shape[2:]
    squares = [(2 * math.pi * torch.fft.fftfreq(count, device=values.device)) ** 2 for count in shape[:2]]
    squares.append((2 * math.pi * torch.fft.rfftfreq(shape[2], device=values.device)) ** 2)
    square = squares[0][:, None, None] + squares[1][:, None] + squares[2]
    spectrum = torch.fft.rfftn(values, dim=(2, 3, 4)) / (1 + length**2 * square)
    filled: torch.Tensor = torch.fft.irfftn(spectrum, s=shape, dim=(2, 3, 4))
    return filled


def _standardised(values: torch.Tensor, inner: torch.Tensor) -> torch.Tensor:
    """Divide by the root mean square over the inner voxels of each sample, and clip to ±3."""
    axes = (1, 2, 3, 4)
    variance = (values.square() * inner).sum(axes, keepdim=True) / inner.sum(axes, keepdim=True).clamp_min(1)
    return (values / variance.sqrt().clamp_min(1e-3)).clamp(-3, 3)


def _depth(sample: torch.Tensor) -> torch.Tensor:
    """Voxels below the surface, by erosion at half the resolution: near enough for a mean, and quick."""
    layer = (nn.functional.avg_pool3d(sample, 2) > 0.5).float()
    depth = layer.clone()
    for _ in range(_DEEPEST // 2 - 1):
        layer = _eroded(layer)
        depth += layer
    return nn.functional.interpolate(depth, scale_factor=2, mode="trilinear") * sample * 2


def _eroded(layer: torch.Tensor) -> torch.Tensor:
    """The least of each voxel and its 26 neighbours, axis by axis; pooling is several times slower on a CPU."""
    for axis in (2, 3, 4):
        least, length = layer.clone(), layer.shape[axis] - 1
        torch.minimum(least.narrow(axis, 0, length), layer.narrow(axis, 1, length), out=least.narrow(axis, 0, length))
        torch.minimum(least.narrow(axis, 1, length), layer.narrow(axis, 0, length), out=least.narrow(axis, 1, length))
        layer = least
    return layer


def _residual_at_depth(voxel_values: torch.Tensor, depth: torch.Tensor, sample: torch.Tensor) -> torch.Tensor:
    """Voxel values less the mean at their depth, which is interpolated between whole voxels of depth; 0 in air."""
    bins = _DEEPEST + 2
    clipped = voxel_values.clamp(-1, 3)
    below = depth.floor().clamp(max=_DEEPEST - 1)
    share = depth - below
    first = torch.arange(len(voxel_values), device=voxel_values.device).reshape(-1, 1, 1, 1, 1) * bins
    place = below.long() + first

    def total(values: torch.Tensor) -> torch.Tensor:
        length = bins * len(voxel_values)
        upper = torch.bincount(place.ravel(), (values * (1 - share) * sample).ravel(), minlength=length)
        return upper + torch.bincount(place.ravel() + 1, (values * share * sample).ravel(), minlength=length)

    weight = total(torch.ones_like(voxel_values))
    # Of too few voxels a mean says nothing: the middle of the sample stands in.
    trend = torch.where(weight > 8, total(clipped) / weight.clamp_min(1e-3), torch.ones_like(weight))
    like = trend[place] * (1 - share) + trend[place + 1] * share
    return ((clipped - like) * sample).clamp(-0.6, 0.6)


def _gaussian(sigma: float) -> list[float]:
    half_width = round(3 * sigma)
    profile = [math.exp(-0.5 * (step / sigma) ** 2) for step in range(-half_width, half_width + 1)]
    return [value / sum(profile) for value in profile]


def _smooth(values: torch.Tensor, profile: list[float]) -> torch.Tensor:
    # Shifted sums: a convolution of one channel is four times slower on a CPU.
    half_width = len(profile) // 2
    for axis in (2, 3, 4):
        margin = [0] * 6
        margin[2 * (4 - axis)] = margin[2 * (4 - axis) + 1] = half_width
        padded, length = nn.functional.pad(values, margin), values.shape[axis]
        values = padded.narrow(axis, half_width, length) * profile[half_width]
        for step in range(1, half_width + 1):
            both = padded.narrow(axis, half_width - step, length) + padded.narrow(axis, half_width + step, length)
            values.add_(both, alpha=profile[half_width + step])
    return values
