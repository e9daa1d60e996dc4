from __future__ import annotations

import math

import pytest
import torch

from napari_crystalseg.segmentation.training.refinement.refinement_loss import refinement_loss


def test_all_right_costs_nothing_and_knowing_nothing_the_logarithm_of_the_classes():
    labels = torch.randint(0, 3, (2, 8, 8, 8), generator=torch.Generator().manual_seed(0))
    sure = 60.0 * torch.nn.functional.one_hot(labels, 5).movedim(-1, 1).float()
    assert float(refinement_loss(sure, labels)) == pytest.approx(0, abs=1e-5)
    # Soft Dice of a uniform guess: 2 n/5 over (N/5 + n), each class a third of the voxels.
    counts, voxels = torch.bincount(labels.reshape(-1)), labels.numel()
    dice = [1 - (2 * int(n) / 5 + 1) / (voxels / 5 + int(n) + 1) for n in counts]
    expected = math.log(5) + 0.3 * sum(dice) / 3
    assert float(refinement_loss(torch.zeros(2, 5, 8, 8, 8), labels)) == pytest.approx(expected, rel=1e-5)


def test_its_slope_is_that_of_finite_differences():
    labels = torch.randint(0, 5, (1, 2, 2, 2), generator=torch.Generator().manual_seed(1))
    scores = torch.randn(1, 5, 2, 2, 2, generator=torch.Generator().manual_seed(2), requires_grad=True)
    refinement_loss(scores, labels).backward()
    step = 1e-2
    for index in ((0, 0, 0, 0, 0), (0, 3, 1, 0, 1), (0, 4, 1, 1, 1)):
        moved = [scores.detach().clone() for _ in range(2)]
        moved[0][index] += step
        moved[1][index] -= step
        slope = (refinement_loss(moved[0], labels) - refinement_loss(moved[1], labels)) / (2 * step)
        assert float(scores.grad[index]) == pytest.approx(float(slope), abs=2e-4)
