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
    of_truth = log.gather(1, labels[:, None])[:, 0]
    classes = scores.shape[1]
    flat = labels.reshape(-1)
    both = torch.zeros(classes).index_add(0, flat, of_truth.exp().reshape(-1))
    counts = torch.bincount(flat, minlength=classes)
    either = log.exp().sum((0, 2, 3, 4)) + counts
    dice = 1 - (2 * both + 1) / (either + 1)
    return -of_truth.mean() + _DICE_WEIGHT * dice[counts > 0].mean()
