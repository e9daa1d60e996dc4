"""Random fields: noise and smooth variations over a grid, drawn from a seeded generator on any device."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional


def white_noise(shape: Sequence[int], source: torch.Generator) -> torch.Tensor:
    """Independent normal numbers of zero mean and unit spread, float32."""
    return torch.randn(tuple(shape), generator=source, device=source.device)


def smooth(shape: Sequence[int], knots: int, source: torch.Generator) -> torch.Tensor:
    """Draw a field that varies over lengths of a grid's edge over ``knots``.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels (z, y, x).
    knots : int
        Random numbers along each axis, two or more, interpolated linearly.
    source : torch.Generator
        Source of the numbers.

    Returns
    -------
    tensor of float32, shape (z, y, x)
        Of about unit spread at the knots, less between them.
    """
    coarse = white_noise((1, 1, knots, knots, knots), source)
    return functional.interpolate(coarse, size=tuple(shape), mode="trilinear", align_corners=True)[0, 0]


def grainy_noise(shape: Sequence[int], source: torch.Generator) -> torch.Tensor:
    """Noise with a grain of two voxels and unit spread, as that of filtered reconstructions.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels (z, y, x).
    source : torch.Generator
        Source of the numbers.

    Returns
    -------
    tensor of float32, shape (z, y, x)
    """
    field = white_noise([length + 1 for length in shape], source)
    for axis, length in enumerate(shape):
        field = field.narrow(axis, 0, length) + field.narrow(axis, 1, length)
    # The sum of eight independent numbers has a spread of 8 to the power 1/2.
    return field / 8**0.5
