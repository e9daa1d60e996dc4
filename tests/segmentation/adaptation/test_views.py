from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.segmentation.adaptation.agreement import agreement
from napari_crystalseg.segmentation.adaptation.views import View

AS_IT_IS = View((), contrast=1.0, gamma=1.0, noise=0.0, blur_voxels=0.0, slope=(0.0, 0.0, 0.0), noise_seed=0)


def shown(seed=0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(-0.2, 2.5, (1, 1, 6, 8, 10)).astype(np.float32))


def test_a_view_that_changes_nothing_shows_the_same():
    assert torch.allclose(AS_IT_IS.of(shown()), shown(), atol=1e-6)


def test_mirrors_are_undone():
    view = View((0, 2), 1.0, 1.0, 0.0, 0.0, (0.0, 0.0, 0.0), 0)
    assert torch.allclose(view.undone(view.of(shown())), shown(), atol=1e-6)
    assert torch.allclose(view.of(shown())[0, 0, 0, :, 0], shown()[0, 0, -1, :, -1], atol=1e-6)


def test_air_and_the_samples_level_stay_under_contrast_and_air_under_gamma():
    view = View((), 1.2, 1.0, 0.0, 0.0, (0.0, 0.0, 0.0), 0)
    levels = torch.tensor([0.0, 1.0, 1.5]).reshape(1, 1, 1, 1, 3)
    assert view.of(levels).flatten().tolist() == pytest.approx([0.0, 1.0, 1.6])
    curved = View((), 1.0, 1.2, 0.0, 0.0, (0.0, 0.0, 0.0), 0).of(levels).flatten()
    assert curved[0] == 0 and curved[1] < curved[2]


def test_blur_keeps_the_mean_and_noise_has_its_spread():
    flat = torch.ones((1, 1, 30, 30, 30))
    assert torch.allclose(View((), 1.0, 1.0, 0.0, 0.8, (0.0, 0.0, 0.0), 0).of(flat), flat, atol=1e-5)
    noisy = View((), 1.0, 1.0, 0.05, 0.0, (0.0, 0.0, 0.0), 7).of(flat)
    assert float(noisy.std()) == pytest.approx(0.05, rel=0.03)


def test_the_same_seed_draws_the_same_view():
    first, second = (View.drawn(np.random.default_rng(5), (0, 1, 2)) for _ in range(2))
    assert first == second
    assert torch.equal(first.of(shown()), second.of(shown()))
    assert set(View.drawn(np.random.default_rng(6), (1,)).mirrored) <= {1}


def test_answers_alike_agree_and_others_do_not():
    answers = torch.zeros((1, 3, 10, 10, 10))
    answers[:, 1, :5] = 1
    answers[:, 0, 5:] = 1
    assert float(agreement(answers, answers)) == pytest.approx(1)
    other = torch.zeros_like(answers)
    other[:, 1, 5:] = 1
    other[:, 0, :5] = 1
    assert float(agreement(answers, other)) == pytest.approx(0, abs=1e-6)
    # Half of the sample is missed: Dice 2/3.
    half = answers.clone()
    half[:, 1, :, :5] = 0
    half[:, 0, :, :5] = 1
    assert float(agreement(answers, half)) == pytest.approx(2 / 3, rel=1e-3)
