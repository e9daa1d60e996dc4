"""Loss of finding the crystal's interface, so that a network looks for faces."""

from __future__ import annotations

import torch

from ...labels import Material


def interface_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy and Dice of finding where crystal touches liquor, mount or other.

    Parameters
    ----------
    scores : tensor, shape (batch, 1, z, y, x)
        Logits of lying at the interface.
    labels : tensor of uint8, shape (batch, 1, z, y, x)
        Classes.

    Returns
    -------
    tensor, scalar
        Near 0 when all is found.
    """
    crystal = labels == Material.CRYSTAL
    around = ~crystal & (labels != Material.AIR)
    interface, probability = (_grown(crystal) & _grown(around)).float(), scores.sigmoid()
    dice = (2 * (probability * interface).sum() + 1) / (probability.sum() + interface.sum() + 1)
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, interface) + 1 - dice


def _grown(mask: torch.Tensor) -> torch.Tensor:
    """A mask and all that has a corner in common with it, axis by axis; pooling is many times slower on a CPU."""
    for axis in (2, 3, 4):
        grown, length = mask.clone(), mask.shape[axis] - 1
        grown.narrow(axis, 0, length).logical_or_(mask.narrow(axis, 1, length))
        grown.narrow(axis, 1, length).logical_or_(mask.narrow(axis, 0, length))
        mask = grown
    return mask
