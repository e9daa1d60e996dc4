"""Loss of finding the crystal's interface, so that a network looks for faces."""

from __future__ import annotations

import torch

from ..labels import Material


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
    crystal = (labels == Material.CRYSTAL).float()
    around = ((labels != Material.CRYSTAL) & (labels != Material.AIR)).float()
    grown = [torch.nn.functional.max_pool3d(mask, 3, 1, 1) for mask in (crystal, around)]
    interface, chance = grown[0] * grown[1], scores.sigmoid()
    dice = (2 * (chance * interface).sum() + 1) / (chance.sum() + interface.sum() + 1)
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, interface) + 1 - dice
