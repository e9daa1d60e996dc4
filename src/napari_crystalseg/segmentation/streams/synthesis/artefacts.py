"""Artefacts of tomograms: rings, streaks, cupping, the edge of the field and its mask."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from ....draws import log_uniform
from .random_field import smooth, white_noise


def radius(shape: tuple[int, ...], axis_at: tuple[float, float], device: torch.device) -> torch.Tensor:
    """Distance of each column (y, x) from the rotation axis, voxels."""
    y = torch.arange(shape[1], device=device, dtype=torch.float32) - axis_at[0]
    x = torch.arange(shape[2], device=device, dtype=torch.float32) - axis_at[1]
    return torch.hypot(y[:, None], x[None, :])


def rings(
    shape: tuple[int, int, int],
    axis_at: tuple[float, float],
    strength: float,
    few: bool,
    arc: bool,
    source: torch.Generator,
) -> torch.Tensor:
    """Rings about the rotation axis, each of its own strength, that come and go along it.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels (z, y, x).
    axis_at : (float, float)
        Where the axis passes, voxels (y, x).
    strength : float
        Standard deviation over the rings.
    few : bool
        Some strong rings rather than one at each radius.
    arc : bool
        Half rings only, as of a pixel that failed for some of the angles.
    source : torch.Generator
        Source of the pattern.

    Returns
    -------
    tensor of float32, shape (z, y, x)
    """
    distance = radius(shape, axis_at, source.device)
    count = int(distance.max()) + 2
    along = max(2, shape[0] // 12)
    pattern = functional.interpolate(white_noise((1, count, along), source), size=shape[0], mode="linear")[0]
    if few:
        chosen = torch.rand(count, generator=source, device=source.device) < 0.08
        pattern = pattern * chosen[:, None] * 3
    # Between whole radii, as the detector's pixels are.
    below = distance.long()
    share = distance - below
    field = pattern[below] * (1 - share)[..., None] + pattern[below + 1] * share[..., None]
    if arc:
        turn = torch.rand(2, generator=source, device=source.device) * 2 - 1
        y = torch.arange(shape[1], device=source.device) - axis_at[0]
        x = torch.arange(shape[2], device=source.device) - axis_at[1]
        field = field * (y[:, None] * turn[0] + x[None, :] * turn[1] > 0)[..., None]
    return field.permute(2, 0, 1) * strength


def streaks(shape: tuple[int, int, int], count: int, strength: float, source: torch.Generator) -> torch.Tensor:
    """Straight streaks within the slices, each over some of them.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels (z, y, x).
    count : int
        How many.
    strength : float
        Standard deviation of their heights.
    source : torch.Generator
        Source of places, heights and widths.

    Returns
    -------
    tensor of float32, shape (z, y, x)
    """
    device = source.device
    drawn = torch.rand((6, count), generator=source, device=device)
    angle, width = drawn[0] * torch.pi, 0.5 + 1.5 * drawn[1]
    y = (torch.arange(shape[1], device=device) - (shape[1] - 1) / 2)[None, :, None]
    x = (torch.arange(shape[2], device=device) - (shape[2] - 1) / 2)[None, None, :]
    offset = (drawn[2] - 0.5) * max(shape[1:])
    across = y * angle.cos()[:, None, None] + x * angle.sin()[:, None, None] - offset[:, None, None]
    profile = torch.exp(-0.5 * (across / width[:, None, None]) ** 2)
    z = torch.arange(shape[0], device=device)[:, None]
    spread = 0.5 + drawn[3] ** 2 * shape[0] / 3
    height = white_noise((count,), source) * strength
    weight = torch.exp(-0.5 * ((z - drawn[4] * shape[0]) / spread) ** 2) * height
    return (weight @ profile.reshape(count, -1)).reshape(shape)


def cupping(
    shape: tuple[int, int, int], axis_at: tuple[float, float], depth: float, device: torch.device
) -> torch.Tensor:
    """Factor that falls, or rises, from the rim to the axis of the field by ``depth``; shape (1, y, x)."""
    distance = radius(shape, axis_at, device)
    return (1 + depth * ((distance / distance.max().clamp_min(1)) ** 2 - 0.5))[None]


def truncation(
    shape: tuple[int, int, int], axis_at: tuple[float, float], edge: float, height: float, device: torch.device
) -> torch.Tensor:
    """What a sample wider than the field adds: values that rise towards its ``edge`` (voxels); shape (1, y, x)."""
    away = (edge - radius(shape, axis_at, device)).clamp_min(0)
    return (height * torch.exp(-away / (0.12 * edge)))[None]


def add_artefacts(rng: np.random.Generator, voxel_values: torch.Tensor, source: torch.Generator) -> torch.Tensor:
    """Draw which artefacts a tomogram has, and add them.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    voxel_values : tensor of float32, shape (z, y, x)
        In units of the sample.
    source : torch.Generator
        Source of the fields, on the device of the voxel values.

    Returns
    -------
    tensor of float32, shape (z, y, x)
    """
    z, y, x = voxel_values.shape
    shape, device = (z, y, x), voxel_values.device
    axis_at = float(rng.uniform(0.2, 0.8) * y), float(rng.uniform(0.2, 0.8) * x)
    if rng.random() < 0.35:
        voxel_values = voxel_values * cupping(shape, axis_at, float(rng.uniform(-0.5, 0.5)), device)
    if rng.random() < 0.3:
        strength = float(rng.uniform(0.0, 0.15))
        voxel_values = voxel_values * (1 + strength * smooth(shape, 3, source)) + strength / 2 * smooth(
            shape, 3, source
        )
    if rng.random() < 0.4:
        strength = log_uniform(rng, 0.01, 0.25)
        voxel_values = voxel_values + rings(shape, axis_at, strength, rng.random() < 0.5, rng.random() < 0.3, source)
    if rng.random() < 0.35:
        strength = log_uniform(rng, 0.02, 0.4)
        voxel_values = voxel_values + streaks(shape, int(rng.integers(1, 24)), strength, source)
    if rng.random() < 0.1:
        voxel_values = voxel_values + truncation(shape, axis_at, 0.7 * max(y, x), float(rng.uniform(0.1, 1.0)), device)
    return voxel_values
