"""Loss of the network that refines: cross-entropy, which favours no class, and Dice, which remembers thin ones."""

from __future__ import annotations

import torch
from torch.nn import functional

_DICE_WEIGHT = 0.3


def refinement_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of the voxels and the soft Dice of the classes over the batch.

    Parameters
    ----------
    scores : tensor of float32, shape (patch, class, z, y, x)
        What the network says.
    labels : tensor of int64, shape (patch, z, y, x)
        Truth.

    Returns
    -------
    tensor
        One number.
    """
    log = functional.log_softmax(scores, 1)
    entropy = functional.nll_loss(log, labels)
    each = log.exp()
    present = functional.one_hot(labels, scores.shape[1]).movedim(-1, 1).to(each.dtype)
    axes = (0, 2, 3, 4)
    both, either = (each * present).sum(axes), (each + present).sum(axes)
    counts = present.sum(axes) > 0
    dice = 1 - (2 * both[counts] + 1) / (either[counts] + 1)
    return entropy + _DICE_WEIGHT * dice.mean()
