"""The models that come with the package."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest

from napari_crystalseg.computing.torchvision_operators import provide_missing_operators
from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.segmentation import ModelFolder, bundled_model, scores, segment
from napari_crystalseg.segmentation.model_folders.model_registry import ModelRegistry
from napari_crystalseg.segmentation.networks.architecture import Architecture
from napari_crystalseg.segmentation.networks.plans import coarsest_voxels, plans_json, slice_plans_json
from napari_crystalseg.volume import Volume


def test_card_is_complete_and_true():
    model = bundled_model()
    assert model.card["sha256"] == model.sha256
    assert model.card["licence"] == "BSD-3-Clause"
    assert model.codes == (0, 1, 2, 3, 4)
    assert sum(path.stat().st_size for path in model.path.rglob("*")) < 20e6
    assert {"name", "data", "seed", "steps", "metrics", "voxel_range_um"} <= model.card.keys()


def plans_of(model):
    return json.loads((model.path / "plans.json").read_text())["configurations"][model.configuration]


@pytest.mark.parametrize("slices", [None, 1])
def test_every_name_in_the_plans_can_be_imported(slices):
    """Models are known by these names: a module that moves must leave its class where they look for it."""
    architecture = plans_of(bundled_model(slices=slices))["architecture"]
    layers = [architecture["arch_kwargs"][name] for name in architecture["_kw_requires_import"]]
    for name in (architecture["network_class_name"], *(layer for layer in layers if layer is not None)):
        module, _, attribute = name.rpartition(".")
        assert isinstance(getattr(importlib.import_module(module), attribute), type), name
    assert Architecture.from_dict(architecture).build(5, "meta")


def test_plans_that_are_written_name_the_networks_of_the_shipped_ones():
    for slices, made, voxels in ((None, plans_json(), 16), (1, slice_plans_json(), 32)):
        model = bundled_model(slices=slices)
        configuration = made["configurations"][model.configuration]
        assert configuration["architecture"] == plans_of(model)["architecture"]
        # Three halvings of blocks of two voxels a side, and five of pixels.
        assert coarsest_voxels(plans_of(model)) == coarsest_voxels(configuration) == voxels


def test_naming_the_networks_does_not_import_torch():
    code = "import sys, napari_crystalseg.segmentation.networks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nnunets_own_predictor_loads_the_first_stage_beside_a_refiner(tmp_path):
    """What is ours in the folder does not keep nnU-Net from it: card, refiner and the record of an installation."""
    provide_missing_operators()
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    model = ModelFolder(ModelRegistry((tmp_path,)).install(bundled_model().path, "again")[0].path)
    (model.path / "refiner").mkdir(exist_ok=True)
    torch.save({"network_weights": {}, "arguments": {}}, model.path / "refiner" / "refiner.pth")
    predictor = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(model.path), (0,))
    predictor.network.load_state_dict(predictor.list_of_parameters[0])
    seen = torch.randn((1, 1, 32, 16, 16), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        theirs, ours = predictor.network.float().eval()(seen), model.network()(seen)
    assert torch.allclose(theirs, ours, atol=1e-5)


def test_shipped_sample_is_segmented():
    folder = sample_data_folder()
    made = segment(open_volume(folder / "simulated_volume.tif"))
    found = scores(made.labels, open_labels(folder / "simulated_labels.tif"))
    # What this model reaches there is 0.94, 0.96 and 0.87; another normalisation or grid would lose it.
    assert found["classes"]["crystal"]["dice"] > 0.9
    assert found["classes"]["liquor"]["dice"] > 0.93
    assert found["classes"]["loop"]["dice"] > 0.84


def test_card_of_the_model_of_slices_is_complete_and_true():
    model = bundled_model(slices=1)
    assert (model.card["sha256"], model.configuration) == (model.sha256, "2d")
    assert model.card["licence"] == "BSD-3-Clause"
    assert model.codes == (0, 1, 2, 3, 4)
    assert sum(path.stat().st_size for path in model.path.rglob("*") if path.is_file()) < 4e6
    assert {"name", "data", "seed", "steps", "metrics", "working_sizes"} <= model.card.keys()


@pytest.mark.parametrize("slices", [1, 5])
def test_slices_of_the_shipped_sample_are_segmented(slices):
    folder = sample_data_folder()
    volume, labels = open_volume(folder / "simulated_volume.tif"), open_labels(folder / "simulated_labels.tif")
    made = segment(Volume(np.asarray(volume.data[58 : 58 + slices]), volume.voxel_size_um))
    found = scores(made.labels, Labels(labels.data[58 : 58 + slices], labels.voxel_size_um))
    # What this model reaches in these slices is 0.7, 0.7 and 0.85.
    assert found["classes"]["crystal"]["dice"] > 0.6
    assert found["classes"]["liquor"]["dice"] > 0.65
    assert found["classes"]["loop"]["dice"] > 0.8
