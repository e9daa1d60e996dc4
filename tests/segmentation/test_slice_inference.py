"""A model of slices on volumes of few slices, and which model is used where none is named."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from napari_crystalseg.segmentation import ModelFolder, inference, segment
from napari_crystalseg.segmentation.model_folders import model_folder
from napari_crystalseg.volume import Volume


def volume(shape, voxel_size_um=0.5) -> Volume:
    voxel_values = np.random.default_rng(0).normal(0, 0.1, shape)
    voxel_values[:, shape[1] // 4 : -(shape[1] // 4), shape[2] // 4 : -(shape[2] // 4)] += 1
    return Volume(voxel_values.astype(np.float32), voxel_size_um)


@pytest.mark.parametrize(
    ("shape", "voxel_size_um", "working_shape"),
    [
        ((1, 48, 48), 0.5, [1, 24, 24]),
        ((5, 21, 13), 0.5, [5, 21, 13]),
        ((7, 40, 30), (8.0, 1.0, 2.0), [7, 16, 24]),
        ((30, 17, 31), 0.5, [30, 13, 24]),
        ((1, 4, 5), 1.0, [1, 4, 5]),
    ],
)
def test_any_size_and_voxel_size(tiny_slice_model, shape, voxel_size_um, working_shape):
    made = segment(volume(shape, voxel_size_um), tiny_slice_model)
    assert made.labels.shape == made.uncertainty.shape == shape
    assert made.uncertainty.dtype == np.uint8 and made.uncertainty.max() <= 204
    step = made.labels.provenance.steps[-1]
    assert step["working_shapes"] == [working_shape]
    assert (step["configuration"], step["mirror_axes"]) == ("2d", [1, 2])


def test_a_slice_is_labelled_alike_alone_and_beside_its_copies(tiny_slice_model):
    one = volume((1, 33, 20))
    many = Volume(np.repeat(one.data, 4, axis=0), 0.5)
    options = {"crystals": "all"}
    alone, stacked = segment(one, tiny_slice_model, **options), segment(many, tiny_slice_model, **options)
    for labels in stacked.labels.data:
        assert np.mean(labels == alone.labels.data[0]) > 0.99


@pytest.fixture
def bundled(tiny_model, tiny_slice_model, monkeypatch) -> None:
    """The tiny models in place of the bundled ones."""
    usual = model_folder.bundled_model

    def tiny(slices=None):
        monkeypatch.setattr(model_folder, "BUNDLED", tiny_model.path)
        monkeypatch.setattr(model_folder, "BUNDLED_OF_SLICES", tiny_slice_model.path)
        return usual(slices)

    monkeypatch.setattr(inference, "bundled_model", tiny)


@pytest.mark.parametrize(("slices", "name"), [(1, "flat"), (5, "flat"), (23, "flat"), (24, "tiny"), (30, "tiny")])
def test_few_slices_are_seen_one_by_one_where_no_model_is_named(bundled, slices, name):
    step = segment(volume((slices, 17, 20))).labels.provenance.steps[-1]
    assert (step["model"], step["configuration"]) == (name, "2d" if name == "flat" else "3d_fullres")


def test_a_model_that_is_named_is_used_as_it_is(tiny_model):
    step = segment(volume((5, 20, 18)), tiny_model).labels.provenance.steps[-1]
    assert (step["model"], step["configuration"]) == ("tiny", "3d_fullres")


def test_of_plans_of_several_configurations_the_trained_one_is_used(tiny_model, tiny_slice_model, tmp_path):
    plans = [json.loads((model.path / "plans.json").read_text()) for model in (tiny_model, tiny_slice_model)]
    both = {**plans[0]["configurations"], **plans[1]["configurations"]}
    for model in (tiny_model, tiny_slice_model):
        copy = shutil.copytree(model.path, tmp_path / model.name)
        (copy / "plans.json").write_text(json.dumps({**plans[0], "configurations": both}))
        again = ModelFolder(copy)
        assert again.configuration == model.configuration
        again.network()
