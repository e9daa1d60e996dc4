"""Agreement of two answers to one sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def agreement(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Compare two answers, class by class.

    Parameters
    ----------
    first, second : tensor of float32, shape (1, class, z, y, x)
        Class probabilities of the same voxels; class 0 is air.

    Returns
    -------
    tensor of float32, shape ()
        Soft Dice score, 2 Σ ab / (Σ a² + Σ b²), mean over the classes but air, each counting as it is there: 1 for
        answers alike.
    """
    axes = (0, 2, 3, 4)
    both = 2 * (first * second).sum(axes)
    each = first.square().sum(axes) + second.square().sum(axes)
    # A class that is next to nowhere would count as much as the crystal.
    there = each[1:] / (each[1:] + 100)
    dice: torch.Tensor = (both[1:] / each[1:].clamp_min(1e-3) * there).sum() / there.sum().clamp_min(1e-3)
    return dice
