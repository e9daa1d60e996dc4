from __future__ import annotations

import json

import pytest
import torch

from helpers.untrained_model import save_weights
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.segmentation.model_folders.checkpoint_file import load_checkpoint
from napari_crystalseg.segmentation.model_folders.model_registry import ModelRegistry
from napari_crystalseg.segmentation.model_folders.model_verification import verify
from napari_crystalseg.segmentation.model_folders.refiner import Refiner
from napari_crystalseg.segmentation.networks.refinement_network import RefinementNetwork

WEIGHTS = "fold_0/checkpoint_final.pth"


def outcomes(folder):
    return {check.name: check.outcome for check in verify(folder)}


def change_card(folder, **values):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **values}))


@pytest.mark.parametrize("name", ["compact2d", "compact3d", "guided3d"])
def test_bundled_models_are_as_their_cards_say(name, tmp_path):
    checks = verify(ModelRegistry((tmp_path,)).find(name).path)
    assert {check.outcome for check in checks} == {"right"}, checks


def test_other_weights_than_the_card_says(model_copy):
    change_card(model_copy, sha256="0" * 64)
    assert outcomes(model_copy)["hash of the weights"] == "wrong"
    change_card(model_copy, sha256=None, licence=None)
    found = outcomes(model_copy)
    assert found["hash of the weights"] == found["licence"] == "unknown" and "wrong" not in found.values()


def test_weights_that_are_no_numbers(model_copy):
    weights = load_checkpoint(model_copy / WEIGHTS)["network_weights"]
    next(iter(weights.values())).view(-1)[0] = float("nan")
    save_weights(model_copy / WEIGHTS, weights, configuration="3d_fullres")
    change_card(model_copy, sha256=hash_file(model_copy / WEIGHTS))
    assert outcomes(model_copy)["network"] == "wrong"


def test_weights_of_another_network(model_copy):
    save_weights(model_copy / WEIGHTS, {"layer": torch.zeros(3)}, configuration="3d_fullres")
    change_card(model_copy, sha256=hash_file(model_copy / WEIGHTS))
    assert outcomes(model_copy)["network"] == "wrong"


def test_refiner_and_card_must_agree(model_copy):
    path = model_copy / "refiner" / "refiner.pth"
    change_card(model_copy, refinement={"sha256": "0" * 64})
    assert outcomes(model_copy)["refiner"] == "wrong"
    path.parent.mkdir()
    torch.save({"network_weights": {"layer": torch.tensor([float("inf")])}, "arguments": {}}, path)
    found = outcomes(model_copy)
    assert found["hash of the refiner"] == found["refiner"] == "wrong"
    path.write_bytes(b"no weights")
    change_card(model_copy, refinement={"sha256": hash_file(path)})
    found = outcomes(model_copy)
    assert (found["hash of the refiner"], found["refiner"]) == ("right", "wrong")
    change_card(model_copy, refinement=None)
    assert outcomes(model_copy)["hash of the refiner"] == "unknown"


def test_folder_that_is_no_model(tmp_path):
    (check,) = verify(tmp_path)
    assert check.outcome == "wrong" and "has no dataset.json" in check.text


def test_refiner_of_the_models_classes(model_copy):
    features = (2, 2, 2)
    network = RefinementNetwork(5, features)
    (model_copy / "refiner").mkdir()
    Refiner((0, 1, 2, 3, 4), features, network.state_dict()).save(model_copy / "refiner" / "refiner.pth")
    change_card(model_copy, refinement={"sha256": hash_file(model_copy / "refiner" / "refiner.pth")})
    found = outcomes(model_copy)
    assert (found["hash of the refiner"], found["refiner"]) == ("right", "right")


def test_refiner_that_calls_an_array_terabytes_long(model_copy):
    weights = {**RefinementNetwork(5, (2, 2, 2)).state_dict(), "endless": torch.zeros(1).expand(10**13)}
    path = model_copy / "refiner" / "refiner.pth"
    path.parent.mkdir()
    torch.save({"network_weights": weights, "arguments": {"codes": [0, 1, 2, 3, 4], "features": [2, 2, 2]}}, path)
    change_card(model_copy, refinement={"sha256": hash_file(path)})
    assert outcomes(model_copy)["refiner"] == "wrong"


def test_refiner_of_sparse_arrays(model_copy):
    weights = RefinementNetwork(5, (2, 2, 2)).state_dict()
    name = next(iter(weights))
    weights[name] = weights[name].to_sparse()
    path = model_copy / "refiner" / "refiner.pth"
    path.parent.mkdir()
    torch.save({"network_weights": weights, "arguments": {"codes": [0, 1, 2, 3, 4], "features": [2, 2, 2]}}, path)
    change_card(model_copy, refinement={"sha256": hash_file(path)})
    assert outcomes(model_copy)["refiner"] == "wrong"


def test_installed_model_that_was_changed(model_copy, tmp_path):
    model, _ = ModelRegistry((tmp_path / "place",)).install(model_copy)
    assert outcomes(model.path)["as installed"] == "right"
    change_card(model.path, calibration={"temperature": 2.0})
    assert outcomes(model.path)["as installed"] == "unknown"
    (model.path / "plans.json").write_text((model.path / "plans.json").read_text() + " ")
    check = verify(model.path)[-2]
    assert (check.name, check.outcome) == ("as installed", "wrong") and "plans.json" in check.text
    assert "as installed" not in outcomes(model_copy)


def test_text_of_a_card_does_not_steer_the_terminal(model_copy):
    change_card(model_copy, licence="\x1b[2Jmine")
    assert "\x1b" not in verify(model_copy)[-1].text
