from __future__ import annotations

import numpy as np
import torch

from napari_crystalseg.segmentation.training.refinement.coarse_faults import MARGIN_VOXELS, draw_faulty

EDGE = 24


def _labels():
    labels = np.zeros((EDGE + 2 * MARGIN_VOXELS,) * 3, np.uint8)
    labels[20:] = 1
    labels[26:, 10:40] = 3
    return labels


def test_probabilities_add_up_and_are_the_same_again():
    for seed in range(12):
        first, second = (draw_faulty(np.random.default_rng(seed), _labels()) for _ in range(2))
        assert first.shape == (5, EDGE, EDGE, EDGE)
        assert torch.equal(first, second)
        torch.testing.assert_close(first.sum(0), torch.ones(EDGE, EDGE, EDGE), atol=1e-4, rtol=0)
        assert float(first.min()) >= 0


def test_most_of_the_truth_remains_and_faces_are_as_often_outside_as_inside():
    labels = _labels()
    inner = labels[(slice(MARGIN_VOXELS, -MARGIN_VOXELS),) * 3]
    right, grown = [], []
    for seed in range(80):
        said = draw_faulty(np.random.default_rng(seed), labels).argmax(0).numpy()
        right.append((said == inner).mean())
        grown.append(((said > 0).sum() - (inner > 0).sum()) / inner.size)
    assert 0.8 < np.mean(right) < 0.98
    assert min(right) < 0.8
    # Classes take over from each other without preference; a shift by a voxel of one face would be 0.04.
    assert abs(np.mean(grown)) < 0.04


def test_a_patch_of_one_class_may_be_given_other_pieces():
    labels = np.full((EDGE + 2 * MARGIN_VOXELS,) * 3, 3, np.uint8)
    wrong = [(draw_faulty(np.random.default_rng(seed), labels).argmax(0) != 3).any() for seed in range(60)]
    assert 0 < np.mean(wrong) < 0.5
