from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.provenance import hash_folder
from napari_crystalseg.segmentation import segment
from napari_crystalseg.segmentation.adaptation.adapt import adapt
from napari_crystalseg.volume import Volume


@pytest.fixture
def sample() -> Volume:
    values = np.random.default_rng(0).normal(0, 0.1, (24, 22, 20))
    values[6:18, 6:16, 5:15] += 1
    return Volume(values.astype(np.float32), 1.0)


def test_views_agree_better_and_the_folder_stays_as_it_is(tiny_model, sample):
    before = hash_folder(tiny_model.path)
    found = adapt(tiny_model, sample, steps=12, learning_rate=3e-3, grid_size=24)
    assert found.agrees_better and found.after > found.before
    assert hash_folder(tiny_model.path) == before
    weights = tiny_model.network().state_dict()
    adapted = found.model.network().state_dict()
    assert weights.keys() == adapted.keys()
    assert any(not torch.equal(weights[name], adapted[name]) for name in weights)
    assert found.model.sha256 != tiny_model.sha256
    assert found.model.adaptation["steps"] == 12


def test_same_seed_same_bytes(tiny_model, sample):
    first, second, other = (adapt(tiny_model, sample, steps=2, grid_size=24, seed=seed) for seed in (3, 3, 4))
    assert first.model.sha256 == second.model.sha256 != other.model.sha256
    assert (first.before, first.after) == (second.before, second.after)


def test_the_adapted_model_segments_and_says_who_it_is(tiny_model, sample):
    found = adapt(tiny_model, sample, steps=1, grid_size=24)
    made = segment(sample, found.model)
    assert made.labels.provenance.model_sha256 == found.model.sha256


def test_a_network_that_is_indifferent_to_views_is_left_alone(tiny_model, sample, monkeypatch):
    class Constant(torch.nn.Module):
        """Calls everything crystal, whatever it is shown."""

        def __init__(self) -> None:
            super().__init__()
            self.scores = torch.nn.Parameter(torch.tensor([0.0, 0.0, 0.0, 9.0, 0.0]))

        def forward(self, voxel_values: torch.Tensor) -> torch.Tensor:
            return self.scores.reshape(1, -1, 1, 1, 1).expand(len(voxel_values), -1, *voxel_values.shape[2:])

    monkeypatch.setattr(type(tiny_model), "network", lambda self: Constant())
    found = adapt(tiny_model, sample, steps=3, grid_size=24)
    assert found.before == pytest.approx(1, abs=1e-4)
    assert not found.agrees_better


def test_cancelled_leaves_nothing(tiny_model, sample):
    before = hash_folder(tiny_model.path)

    def progress(fraction: float, message: str) -> None:
        if "step 2" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        adapt(tiny_model, sample, steps=5, grid_size=24, progress=progress)
    assert hash_folder(tiny_model.path) == before


def test_what_cannot_be_adapted_is_refused(tiny_model, tiny_slice_model, sample):
    with pytest.raises(InputError, match="whole volumes"):
        adapt(tiny_slice_model, sample)
    with pytest.raises(InputError, match="at least one step"):
        adapt(tiny_model, sample, steps=0)
