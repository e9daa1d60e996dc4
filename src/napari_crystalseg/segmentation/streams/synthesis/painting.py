"""Painting: from a label map to a tomogram that might be anybody's, with its labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ....draws import log_uniform
from ....labels import Material
from ...grids.normalisation import CLIP
from .artefacts import add_artefacts
from .random_field import grainy_noise, smooth, white_noise
from .smoothing import diffused
from .sub_classes import draw_means, value_map
from .transfer import draw_transfer, transferred
from .warp import draw_warped

_WIDEST_MARGIN_VOXELS = 8
_ALIKE = 0.06  # difference of voxel values below which fringes must tell crystal from liquor


@dataclass(frozen=True, eq=False)
class Painted:
    """A tomogram of the box about a sample, and its labels.

    Parameters
    ----------
    voxel_values : tensor of float32, shape (z, y, x)
        Normalised about as :func:`~..normalisation.normalise` would: air near 0, sample near 1.
    labels : tensor of uint8, shape (z, y, x)
        Classes.
    """

    voxel_values: torch.Tensor
    labels: torch.Tensor


def draw_painted(
    rng: np.random.Generator,
    labels: NDArray[np.uint8],
    longest: int,
    *,
    sub_classes: bool = True,
    device: torch.device | None = None,
) -> Painted:
    """Warp a label map and paint it.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice: the same one gives the same bytes on the same device with the same number of threads.
    labels : ndarray of uint8, shape (z, y, x)
        Label map of a whole field.
    longest : int
        Voxels along the longest axis of the field of view; the box about the sample is no longer.
    sub_classes : bool
        Split each class into voxel values of its own.
    device : torch.device, optional
        Where to work, the CPU by default.

    Returns
    -------
    Painted
    """
    device = torch.device("cpu") if device is None else device
    field = draw_warped(rng, labels, longest, device)
    margins = rng.integers(2, _WIDEST_MARGIN_VOXELS, 6, endpoint=True)
    field = field[_box(field, margins)].contiguous()
    return Painted(paint(rng, field, sub_classes=sub_classes), field)


def paint(
    rng: np.random.Generator,
    labels: torch.Tensor,
    *,
    sub_classes: bool = True,
    means: dict[Material, float] | None = None,
) -> torch.Tensor:
    """Paint labels with voxel values drawn without regard to what is likely.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    labels : tensor of uint8, shape (z, y, x)
        Classes.
    sub_classes : bool
        Split each class into voxel values of its own.
    means : dict of Material to float, optional
        Voxel value of each class; drawn by :func:`.sub_classes.draw_means` where not given.

    Returns
    -------
    tensor of float32, shape (z, y, x)
        Clipped as normalised voxel values are.
    """
    source = torch.Generator(labels.device)
    source.manual_seed(int(rng.integers(2**62)))
    means = draw_means(rng) if means is None else means
    attenuation = value_map(rng, labels, means, source, sub_classes)
    # Refraction follows density, which differs less than attenuation and not always the same way.
    refraction = {material: 0.0 if mean == 0 else float(1 + rng.normal(0, 0.12)) for material, mean in means.items()}
    alike = abs(means[Material.CRYSTAL] - means[Material.LIQUOR]) < _ALIKE
    if alike:
        refraction[Material.CRYSTAL] = refraction[Material.LIQUOR] + float(rng.choice((-1, 1)) * rng.uniform(0.1, 0.3))
    decrement = value_map(rng, labels, refraction, source, split=False)
    before = rng.random() < 0.5
    texture = _texture(rng, labels, source, 0.05 if alike else 0.15)
    transfer = draw_transfer(rng, fringes_needed=alike)
    voxel_values = transferred(attenuation + texture if before else attenuation, decrement, transfer)
    if not before:
        voxel_values = voxel_values + texture
    voxel_values = add_artefacts(rng, voxel_values, source)
    if not alike:  # or the fringes would go
        voxel_values = _at_lower_resolution(rng, voxel_values)
    if rng.random() < 0.3 and not alike:
        voxel_values = diffused(voxel_values, log_uniform(rng, 0.03, 0.4), int(rng.integers(2, 9)))
    if rng.random() < 0.2:
        voxel_values = _through_random_convolutions(rng, voxel_values, source)
    return _displayed(rng, voxel_values, labels).clamp(*CLIP)


def _box(field: torch.Tensor, margins: NDArray[np.int64]) -> tuple[slice, ...]:
    """The box about all that is not air, widened; the whole field where there is nothing else."""
    sides = []
    for axis, length in enumerate(field.shape):
        filled = field.amax(dim=tuple(other for other in range(3) if other != axis)).nonzero()
        if not len(filled):
            return (slice(None),) * 3
        start = max(int(filled[0]) - int(margins[2 * axis]), 0)
        sides.append(slice(start, min(int(filled[-1]) + 1 + int(margins[2 * axis + 1]), length)))
    return tuple(sides)


def _texture(rng: np.random.Generator, labels: torch.Tensor, source: torch.Generator, strongest: float) -> torch.Tensor:
    """Noise of each material's own strength, correlated half of the time, stronger here than there."""
    strength = np.exp(rng.uniform(np.log(0.01), np.log(strongest), len(Material))).astype(np.float32)
    if rng.random() < 0.6:  # noise of a detector is the same in all materials
        strength[:] = strength[0]
    noise = (grainy_noise if rng.random() < 0.5 else white_noise)(labels.shape, source)
    uneven = 1 + 0.3 * smooth(labels.shape, 4, source)
    return noise * uneven * torch.from_numpy(strength).to(labels.device)[labels.long()]


def _at_lower_resolution(rng: np.random.Generator, voxel_values: torch.Tensor) -> torch.Tensor:
    """Now and then measured with voxels up to four times as long."""
    if rng.random() > 0.12:
        return voxel_values
    factor = float(rng.uniform(2.0, 4.0)) if rng.random() < 0.2 else float(rng.uniform(1.3, 2.0))
    coarse = tuple(max(2, round(length / factor)) for length in voxel_values.shape)
    small = functional.interpolate(voxel_values[None, None], coarse, mode="area")
    return functional.interpolate(small, tuple(voxel_values.shape), mode="trilinear", align_corners=False)[0, 0]


def _through_random_convolutions(
    rng: np.random.Generator, voxel_values: torch.Tensor, source: torch.Generator
) -> torch.Tensor:
    """Blend with what two random convolutions make of it (Ouyang et al. 2022, GIN), brought to the same spread."""
    seen = voxel_values[None, None]
    for inputs, outputs in ((1, 2), (2, 1)):
        side = 3 if rng.random() < 0.5 else 1
        kernel = white_noise((outputs, inputs, side, side, side), source)
        seen = functional.leaky_relu(functional.conv3d(seen, kernel, padding=side // 2), 0.2)
    seen = seen[0, 0]
    seen = (seen - seen.mean()) / seen.std().clamp_min(1e-6) * voxel_values.std() + voxel_values.mean()
    share = float(rng.uniform(0, 0.7))
    return (1 - share) * voxel_values + share * seen


def _displayed(rng: np.random.Generator, voxel_values: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Bring air to about 0 and the middle of the sample to about 1; gamma and 8 bits now and then."""
    sample = voxel_values[labels > 0]
    air = voxel_values[labels == 0]
    low = float(air[:: max(1, air.numel() // 8192)].median()) if air.numel() else 0.0
    high = float(sample[:: max(1, sample.numel() // 8192)].median()) if sample.numel() else 1.0
    if high - low < 0.1:
        high = low + 1.0
    voxel_values = (voxel_values - low) / (high - low)
    if rng.random() < 0.3:
        voxel_values = voxel_values.sign() * voxel_values.abs() ** float(rng.uniform(0.6, 1.6))
    # What the estimate of the levels makes of a sample of several voxel values is anything in between.
    voxel_values = voxel_values * float(np.exp(rng.normal(0, 0.5 if rng.random() < 0.2 else 0.15))) + float(
        rng.normal(0, 0.04)
    )
    if rng.random() < 0.2:
        bottom, top = float(rng.uniform(-1.0, 0.0)), float(rng.uniform(1.2, 3.0))
        voxel_values = ((voxel_values.clamp(bottom, top) - bottom) * (255 / (top - bottom))).round() * (
            (top - bottom) / 255
        ) + bottom
    return voxel_values
