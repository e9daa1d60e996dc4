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


def edited(copy, **values):
    """Change the one configuration of the plans."""
    plans = json.loads((copy / "plans.json").read_text())
    configuration = plans["configurations"]["3d_fullres"]
    for name, value in values.items():
        if name in configuration["architecture"]:
            configuration["architecture"][name] = value
        elif name in configuration:
            configuration[name] = value
        else:
            configuration["architecture"]["arch_kwargs"][name] = value
    (copy / "plans.json").write_text(json.dumps(plans))
    return copy


@pytest.mark.parametrize(
    "name",
    [
        "napari_crystalseg.jobs.worker_process.subprocess.Popen",
        "napari_crystalseg.segmentation.model_folders.model_folder.Path",
        "napari_crystalseg.segmentation.networks.subvoxel_unet.torch.nn.Linear",
        "dynamic_network_architectures.architectures.unet.nn.Linear",
        "dynamic_network_architectures.architectures.unet.Union",
    ],
)
def test_what_modules_of_networks_import_is_not_called(copy, name, monkeypatch):
    called = []
    monkeypatch.setattr("subprocess.Popen.__init__", lambda *arguments, **options: called.append(arguments))
    edited(copy, network_class_name=name, arch_kwargs={"args": ["touch", "bomb"], "conv_op": None})
    with pytest.raises(InputError) as caught:
        ModelFolder(copy).network()
    assert "cannot be used" in str(caught.value) and len(str(caught.value)) < 400
    assert not called


@pytest.mark.parametrize(
    "layer",
    [
        "torch.nn.modules.conv.Path",
        "torch.nn.Parameter",
        "torch.nn.modules.conv.Optional",
        "torch.nn.modules.module.OrderedDict",
        "torch.nn.DataParallelsm",
        "dynamic_network_architectures.building_blocks.helper.Type",
    ],
)
def test_layers_are_classes_of_layers(copy, layer):
    edited(copy, nonlin=layer)
    with pytest.raises(InputError, match="names a layer"):
        ModelFolder(copy).network()


@pytest.mark.parametrize(
    "change",
    [
        {"n_stages": 3000},
        {"n_stages": 5},
        {"features_per_stage": [32]},
        {"features_per_stage": [1e300, 1]},
        {"conv_op": None},
        {"strides": 0},
        {"kernel_sizes": "three"},
        {"unknown_argument": 1},
        {"norm_op_kwargs": {"eps": "x", "affine": [[[[[[1]]]]]]}},
        {"patch_size": [1, 1, 1]},
        {"patch_size": [0, 0, 0]},
        {"patch_size": ["a", "b", "c"]},
        {"patch_size": [24, 24, 23]},
        {"patch_size": [24, 24]},
        {"patch_size": [10**9, 24, 24]},
        {"patch_size": 24},
        {"_kw_requires_import": ["n_stages"]},
        {"_kw_requires_import": 5},
        {"arch_kwargs": []},
        {"network_class_name": None},
    ],
    ids=str,
)
def test_plans_that_fit_nothing_are_told_in_a_sentence(copy, change):
    edited(copy, **change)
    with pytest.raises(InputError) as caught:
        ModelFolder(copy).network()
    assert len(str(caught.value).removeprefix(str(copy))) < 500 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "weights",
    [None, 5, {}, {"a": 1}, {f"layer.{number}": torch.zeros(1) for number in range(500)}],
    ids=["none", "number", "empty", "text", "many"],
)
def test_weights_that_are_none(copy, weights):
    torch.save({"network_weights": weights}, copy / WEIGHTS)
    with pytest.raises(InputError, match="do not fit") as caught:
        ModelFolder(copy).network()
    assert len(str(caught.value).replace(str(copy), "")) < 400


def test_weights_that_are_not_finite(copy):
    checkpoint = torch.load(copy / WEIGHTS, weights_only=True)
    next(iter(checkpoint["network_weights"].values()))[0] = float("nan")
    torch.save(checkpoint, copy / WEIGHTS)
    with pytest.raises(InputError, match="NaN or infinite"):
        ModelFolder(copy).network()


@pytest.mark.parametrize("axes", [5, "zyx", [0, 7], [-1], [True], {"a": 1}])
def test_mirror_axes_that_are_none(copy, axes):
    checkpoint = torch.load(copy / WEIGHTS, weights_only=True)
    torch.save({**checkpoint, "inference_allowed_mirroring_axes": axes}, copy / WEIGHTS)
    with pytest.raises(InputError, match="mirror images"):
        ModelFolder(copy).mirror_axes  # noqa: B018


def test_card_that_does_not_fit_the_network(copy):
    change(copy / "card.json", coarsest_voxels=7)
    with pytest.raises(InputError, match="card"):
        ModelFolder(copy).network()


@pytest.mark.parametrize("name", ["dataset.json", "plans.json", "card.json"])
@pytest.mark.parametrize("text", ["[" * 100_000, '{"labels": 1' + "0" * 5000 + "}", "[1]", "\udc80"])
def test_json_that_python_cannot_follow(copy, name, text):
    (copy / name).write_text(text, errors="surrogateescape")
    with pytest.raises(InputError, match=name):
        ModelFolder(copy)


@pytest.mark.parametrize(
    "labels",
    [{"background": 0, "crystal": 3}, {"background": 0, "liquor": 1, "loop": 1}, {"background": "0", "crystal": "1"}],
)
def test_classes_are_numbered_without_gaps(copy, labels):
    change(copy / "dataset.json", labels=labels)
    with pytest.raises(InputError, match="numbered from 0"):
        ModelFolder(copy)


def two_configurations(copy):
    """As nnU-Net writes them: what was trained is not the first."""
    plans = json.loads((copy / "plans.json").read_text())
    full = plans["configurations"].pop("3d_fullres")
    low = json.loads(json.dumps(full))
    arguments = low["architecture"]["arch_kwargs"]
    arguments["n_stages"] -= 1
    for name in ("features_per_stage", "kernel_sizes", "strides", "n_conv_per_stage", "n_conv_per_stage_decoder"):
        arguments[name] = arguments[name][:-1]
    plans["configurations"] = {
        "3d_lowres": low,
        "3d_fullres": full,
        "3d_half": {"inherits_from": "3d_fullres", "patch_size": [48, 48, 48]},
        "loop": {"inherits_from": "loop"},
    }
    (copy / "plans.json").write_text(json.dumps(plans))


def trained_with(copy, configuration):
    checkpoint = torch.load(copy / WEIGHTS, weights_only=True)
    checkpoint["init_args"] = {"configuration": configuration}
    torch.save(checkpoint, copy / WEIGHTS)


@pytest.mark.parametrize(("name", "patch"), [("3d_fullres", (24, 24, 24)), ("3d_half", (48, 48, 48))])
def test_configuration_is_that_of_the_weights(copy, name, patch):
    two_configurations(copy)
    trained_with(copy, name)
    model = ModelFolder(copy)
    assert (model.configuration, model.patch_size) == (name, patch)
    model.network()


def test_weights_of_one_of_several_configurations_do_not_pass_for_another(copy):
    two_configurations(copy)
    trained_with(copy, "3d_lowres")
    with pytest.raises(InputError, match="do not fit"):
        ModelFolder(copy).network()


@pytest.mark.parametrize("name", [None, 5, "3d_cascade_fullres"])
def test_none_of_several_configurations_is_taken_for_granted(copy, name):
    two_configurations(copy)
    trained_with(copy, name)
    with pytest.raises(InputError, match="configurations 3d_lowres, 3d_fullres, 3d_half"):
        ModelFolder(copy)


def test_one_configuration_that_is_not_that_of_the_weights(copy):
    trained_with(copy, "3d_lowres")
    with pytest.raises(InputError, match="of the configuration '3d_lowres'"):
        ModelFolder(copy).network()


def test_damaged_weights(copy):
    whole = (copy / WEIGHTS).read_bytes()
    for damaged in (whole[: len(whole) // 2], b"weights", b"", whole[:500] + b"\0" * 500 + whole[1000:]):
        (copy / WEIGHTS).write_bytes(damaged)
        with pytest.raises(InputError) as caught:
            ModelFolder(copy).network()
        assert len(str(caught.value).replace(str(copy), "")) < 400


def test_lack_of_memory_is_not_told_as_damage(copy, monkeypatch):
    def lacks(*arguments, **options):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: ...")

    monkeypatch.setattr(torch, "load", lacks)
    with pytest.raises(MemoryError):
        ModelFolder(copy).network()
