from __future__ import annotations

import os
import shutil

import pytest
import torch

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation import ModelFolder
from napari_crystalseg.segmentation.model_folders.model_folder import REFINER
from napari_crystalseg.segmentation.model_folders.refiner import Refiner
from napari_crystalseg.segmentation.networks.refinement_network import SURELY, RefinementNetwork

FEATURES = (4, 8, 8)


@pytest.fixture(scope="module")
def refiner():
    torch.manual_seed(1)
    network = RefinementNetwork(5, FEATURES)
    torch.nn.init.normal_(network.scores.weight, 0, 0.1)
    return Refiner((0, 1, 2, 3, 4), FEATURES, network.state_dict())


def test_what_is_read_says_the_same_as_what_was_saved(refiner, tmp_path):
    refiner.save(tmp_path / "refiner.pth")
    read = Refiner.read(tmp_path / "refiner.pth")
    assert (read.codes, read.features, read.parameters) == (refiner.codes, refiner.features, refiner.parameters)
    shown = torch.rand(2, 6, 16, 8, 24)
    with torch.inference_mode():
        # Weights of about 0.1 are kept to three digits.
        torch.testing.assert_close(read.network()(shown), refiner.network()(shown), atol=2e-2, rtol=0)


def test_a_network_before_its_training_changes_nothing():
    network = RefinementNetwork(5, FEATURES)
    probabilities = torch.softmax(torch.randn(1, 5, 16, 16, 16), 1)
    with torch.inference_mode():
        scores = network(torch.cat([torch.randn(1, 1, 16, 16, 16), probabilities], 1))
    torch.testing.assert_close(scores.softmax(1), (probabilities + SURELY) / (1 + 5 * SURELY))


def test_the_bundled_size_has_less_than_half_a_million_weights():
    assert sum(parameter.numel() for parameter in RefinementNetwork(5).parameters()) <= 500_000


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_file_with_code_in_it_is_refused_and_nothing_is_run(refiner, tmp_path):
    arguments = {"codes": [0, 1, 2, 3, 4], "features": list(FEATURES)}
    torch.save(
        {"network_weights": dict(refiner.weights), "arguments": arguments, "more": Evil(tmp_path / "run")},
        tmp_path / "refiner.pth",
    )
    with pytest.raises(InputError, match="more than weights"):
        Refiner.read(tmp_path / "refiner.pth")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"codes": [0, 1, 2, 3], "features": [4, 8, 8]}, "do not fit"),
        ({"codes": [0, 1, 2, 3, 9], "features": [4, 8, 8]}, "different classes"),
        ({"codes": [0, 1, 2, 3, 4], "features": [4, 8]}, "cannot be used"),
        ({"codes": [0, 1, 2, 3, 4], "features": [4, 8, 10**9]}, "1 to 256"),
        ({"codes": "01234", "features": [4, 8, 8]}, "whole numbers"),
        (None, "no refiner"),
    ],
)
def test_arguments_that_cannot_be_are_refused(refiner, tmp_path, arguments, told):
    torch.save({"network_weights": dict(refiner.weights), "arguments": arguments}, tmp_path / "refiner.pth")
    with pytest.raises(InputError, match=told):
        Refiner.read(tmp_path / "refiner.pth")


def test_weights_that_are_not_numbers_are_refused(refiner):
    broken = {**refiner.weights, "scores.bias": torch.full((40,), torch.nan)}
    with pytest.raises(InputError, match=r"scores\.bias"):
        Refiner(refiner.codes, refiner.features, broken)


@pytest.mark.parametrize(
    "as_none_is",
    [
        torch.Tensor.to_sparse,
        lambda weights: weights.to("meta"),
        lambda weights: weights.to(torch.float8_e4m3fn),
        lambda weights: torch.nested.nested_tensor([weights[0]]),
        lambda weights: weights.double() + 1e300,
    ],
)
@pytest.mark.filterwarnings("ignore:.*nested")
def test_tensors_of_other_kinds_are_refused(refiner, tmp_path, as_none_is):
    name = "fine.0.weight"
    weights = {**refiner.weights, name: as_none_is(refiner.weights[name])}
    arguments = {"codes": [0, 1, 2, 3, 4], "features": list(FEATURES)}
    torch.save({"network_weights": weights, "arguments": arguments}, tmp_path / "refiner.pth")
    with pytest.raises(InputError, match=r"refiner\.pth"):
        Refiner.read(tmp_path / "refiner.pth")


def test_a_model_folder_has_its_refiner_or_none(tiny_model, refiner, tmp_path):
    assert tiny_model.refiner is None
    folder = shutil.copytree(tiny_model.path, tmp_path / "copy")
    (folder / REFINER).parent.mkdir()
    refiner.save(folder / REFINER)
    assert ModelFolder(folder).refiner.parameters == refiner.parameters
    network = RefinementNetwork(4, FEATURES)
    Refiner((0, 1, 2, 3), FEATURES, network.state_dict()).save(folder / REFINER)
    with pytest.raises(InputError, match="other classes"):
        ModelFolder(folder).refiner  # noqa: B018


def test_what_passes_an_untrained_network_keeps_its_spread():
    torch.manual_seed(3)
    network = RefinementNetwork(5)
    spreads = {}
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.Conv3d | torch.nn.ConvTranspose3d):
            module.register_forward_hook(lambda _, __, out, name=name: spreads.update({name: float(out.std())}))
    probabilities = torch.softmax(3 * torch.randn(1, 5, 32, 32, 32), 1)
    with torch.inference_mode():
        network(torch.cat([torch.randn(1, 1, 32, 32, 32), probabilities], 1))
    del spreads["scores"]  # which are 0
    assert len(spreads) == 11
    assert min(spreads.values()) > 0.2 and max(spreads.values()) < 3
