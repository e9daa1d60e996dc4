"""A network with guides: trained, resumed, begun from one without guides, exported and asked."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from helpers.trainings import trained
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.segmentation.guidance.guided_network import GuidedNetwork
from napari_crystalseg.segmentation.guidance.marks import GUIDES, Mark
from napari_crystalseg.segmentation.networks.plans import plans_json
from napari_crystalseg.segmentation.training.export import export

OPTIONS = {"configuration": "guided", "working_sizes": (12, 16), "seed": 3}


@pytest.fixture(scope="module")
def guided_plans():
    return plans_json(patch_size=(24, 24, 24), features=(4, 8, 8), guides=GUIDES)


@pytest.fixture(scope="module")
def guided_training(tmp_path_factory, tiny_cases, tiny_labels, tiny_model, guided_plans):
    work = tmp_path_factory.mktemp("guided")
    trained(tiny_cases, work, steps=4, labels=tiny_labels, plans=guided_plans, begin_from=tiny_model, **OPTIONS)
    return work


@pytest.fixture(scope="module")
def guided_model(tmp_path_factory, guided_training):
    return export(guided_training, tmp_path_factory.mktemp("model") / "guided", name="guided", data="balls with boxes")


def weights(path):
    return torch.load(path / "checkpoint_latest.pth", weights_only=True)["network_weights"]


def test_interrupted_it_ends_where_an_uninterrupted_one_does(
    tiny_cases, tiny_labels, tiny_model, guided_training, guided_plans, tmp_path
):
    def until(line):
        if line.startswith("beginning"):
            lines.append(line)

    lines = []
    options = {**OPTIONS, "labels": tiny_labels, "plans": guided_plans, "begin_from": tiny_model, "steps": 4}
    from napari_crystalseg.segmentation.training.guided_trainer import GuidedTrainer

    step = GuidedTrainer.train_step

    def dying(self, batch):
        if self.step == 2:
            raise Cancelled
        return step(self, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GuidedTrainer, "train_step", dying)
        with pytest.raises(Cancelled):
            trained(tiny_cases, tmp_path, **options, report=until)
    trained(tiny_cases, tmp_path, **options, resume=True)
    assert lines
    whole, resumed = weights(guided_training), weights(tmp_path)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_begun_from_a_network_without_guides_it_says_at_first_what_that_says(tiny_model, guided_plans, tmp_path):
    from napari_crystalseg.segmentation.networks.architecture import Architecture
    from napari_crystalseg.segmentation.training.guided_trainer import GuidedTrainer

    (configuration,) = guided_plans["configurations"].values()
    network = Architecture.from_dict(configuration["architecture"]).build(5, "cpu")
    trainer = GuidedTrainer.__new__(GuidedTrainer)
    trainer.network = network
    trainer.begin_from(tiny_model.network())
    network.decoder.deep_supervision = False
    values = torch.rand((1, 1, 24, 24, 24), generator=torch.Generator().manual_seed(1))
    guides = torch.rand((1, GUIDES, 24, 24, 24), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        without = tiny_model.network()(values)
        torch.testing.assert_close(network(values), without)
        torch.testing.assert_close(network(torch.cat([values, guides], dim=1)), without)


def test_probabilities_of_odd_grids_add_up_to_one_and_marks_count(guided_model):
    network = GuidedNetwork(guided_model)
    values = np.random.default_rng(5).random((9, 30, 13)).astype(np.float32)
    plain = network.see(values)
    assert plain.shape == (5, 9, 30, 13)
    np.testing.assert_allclose(plain.sum(axis=0), 1, atol=1e-5)
    np.testing.assert_array_equal(plain, network.see(values))
    assert not np.array_equal(plain, network.see(values, (Mark((4, 15, 6), 3),)))


def test_a_model_without_guides_is_refused(tiny_model):
    with pytest.raises(InputError, match="takes no clicks"):
        GuidedNetwork(tiny_model)
