from __future__ import annotations

import json
import os
import shutil

import pytest
import torch

from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.segmentation import ModelFolder

WEIGHTS = "fold_0/checkpoint_final.pth"


@pytest.fixture
def copy(tiny_model, tmp_path):
    return shutil.copytree(tiny_model.path, tmp_path / "copy")


def change(path, **values):
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_card_tells_hash_and_training(tiny_model):
    assert tiny_model.card["sha256"] == tiny_model.sha256 == hash_file(tiny_model.path / WEIGHTS)
    assert (tiny_model.card["steps"], tiny_model.card["seed"], tiny_model.card["licence"]) == (4, 3, "BSD-3-Clause")
    assert (tiny_model.patch_size, tiny_model.codes) == ((24, 24, 24), (0, 1, 2, 3, 4))


def test_classes_are_found_by_name(copy):
    change(copy / "dataset.json", labels={"background": 0, "crystal": 1, "liquor": 2, "loop": 3, "other": 4})
    assert ModelFolder(copy).codes == (0, 3, 1, 2, 4)


@pytest.mark.parametrize("name", ["dataset.json", "plans.json", WEIGHTS])
def test_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(InputError, match=os.path.basename(name)):
        ModelFolder(copy)


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="no model folder"):
        ModelFolder(tmp_path / "nowhere")


def test_broken_json(copy):
    (copy / "plans.json").write_text("{")
    with pytest.raises(InputError, match=r"plans\.json"):
        ModelFolder(copy)


def test_other_classes_are_refused(copy):
    change(copy / "dataset.json", labels={"background": 0, "liver": 1})
    with pytest.raises(InputError, match="LIVER"):
        ModelFolder(copy)


def test_other_normalisation_is_refused(copy):
    plans = json.loads((copy / "plans.json").read_text())
    plans["configurations"]["3d_fullres"]["normalization_schemes"] = ["CTNormalization"]
    change(copy / "plans.json", **plans)
    with pytest.raises(InputError, match="CTNormalization"):
        ModelFolder(copy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("working_sizes", []),
        ("working_sizes", "160"),
        ("working_sizes", [96, 0]),
        ("working_sizes", 96),
        ("coarsest_voxels", 0),
        ("coarsest_voxels", "eight"),
        ("coarsest_voxels", True),
    ],
)
def test_nonsense_on_the_card_is_named(copy, name, value):
    change(copy / "card.json", **{name: value})
    with pytest.raises(InputError, match=name):
        ModelFolder(copy)


def test_without_a_card_the_field_is_seen_on_the_usual_grid(copy):
    (copy / "card.json").unlink()
    model = ModelFolder(copy)
    assert (model.working_sizes, model.coarsest_voxels) == ((160,), None)


def test_no_mirror_images_where_the_checkpoint_does_not_allow_them(copy):
    assert ModelFolder(copy).mirror_axes == (0, 1, 2)
    checkpoint = torch.load(copy / WEIGHTS, weights_only=True)
    del checkpoint["inference_allowed_mirroring_axes"]
    torch.save(checkpoint, copy / WEIGHTS)
    assert ModelFolder(copy).mirror_axes == ()


def test_code_named_by_plans_is_refused(copy):
    plans = json.loads((copy / "plans.json").read_text())
    plans["configurations"]["3d_fullres"]["architecture"]["network_class_name"] = "os.system"
    change(copy / "plans.json", **plans)
    with pytest.raises(InputError, match=r"os\.system"):
        ModelFolder(copy)


@pytest.mark.parametrize(
    "layer", ["os.mkdir", "torch.nn.modules.module.os.mkdir", "torch.nn.os.Path", ["torch.nn.ReLU"]]
)
def test_layers_named_by_plans_are_classes_of_torch(copy, layer):
    """nnU-Net would call them with the arguments in the plans."""
    plans = json.loads((copy / "plans.json").read_text())
    plans["configurations"]["3d_fullres"]["architecture"]["arch_kwargs"] |= {
        "nonlin": layer,
        "nonlin_kwargs": {"path": "bomb-went-off"},
    }
    change(copy / "plans.json", **plans)
    with pytest.raises(InputError, match="layer that is not PyTorch's"):
        ModelFolder(copy)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("bomb-went-off",)


def test_code_in_the_weights_is_not_run(copy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"network_weights": Bomb()}, copy / WEIGHTS)
    with pytest.raises(InputError, match="more than weights"):
        ModelFolder(copy).network()
    assert not (tmp_path / "bomb-went-off").exists()


def test_weights_of_another_network(copy):
    torch.save({"network_weights": {"a": torch.zeros(3)}}, copy / WEIGHTS)
    with pytest.raises(InputError, match="do not fit"):
        ModelFolder(copy).network()


def test_network_that_this_version_lacks_is_named(copy):
    plans = (copy / "plans.json").read_text()
    (copy / "plans.json").write_text(plans.replace("SubvoxelUNet", "FormerUNet"))
    with pytest.raises(InputError, match=r"does not have.*FormerUNet"):
        ModelFolder(copy).network()


def test_shared_weights_are_stored_once(tiny_model):
    parameters = sum(parameter.numel() for parameter in tiny_model.network().parameters())
    stored = torch.load(tiny_model.path / WEIGHTS, weights_only=True)["network_weights"]
    places = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in stored.values()}
    assert len(places) < len(stored)
    assert sum(places.values()) == 2 * parameters
