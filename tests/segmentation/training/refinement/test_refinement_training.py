from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.segmentation.model_folders.model_folder import REFINER
from napari_crystalseg.segmentation.training.refinement import patches
from napari_crystalseg.segmentation.training.refinement.refinement_request import RefinementRequest
from napari_crystalseg.segmentation.training.refinement.train_refiner import train_refiner
from napari_crystalseg.workflows.train import train_refiner_of_model


@pytest.fixture(autouse=True)
def small_patches(monkeypatch):
    for module in ("patches", "refinement_trainer"):
        monkeypatch.setattr(f"napari_crystalseg.segmentation.training.refinement.{module}.EDGE_VOXELS", 16)


def _request(cases, model, **options):
    return RefinementRequest([cases], model, **{"steps": 4, "seed": 5, "threads": 1, **options})


def _same(first, second):
    for name, tensor in first.refiner.weights.items():
        torch.testing.assert_close(tensor, second.refiner.weights[name], atol=0, rtol=0)


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(tiny_cases, tiny_model, tiny_labels, tmp_path):
    request = _request(tiny_cases, tiny_model, labels=tiny_labels, learning_rate=1e-2)
    whole = train_refiner(request, tmp_path / "whole")
    assert whole.course["steps"] == 4
    assert whole.course["volumes"] == 7
    assert any(bool(tensor.abs().max() > 0) for name, tensor in whole.refiner.weights.items() if "scores" in name)
    work = tmp_path / "again"

    def until_prepared(line):
        if line.startswith("prepared") and "0006" in line:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        train_refiner(request, work, report=until_prepared)
    half = _request(tiny_cases, tiny_model, labels=tiny_labels, learning_rate=1e-2, steps=4)
    monkey = pytest.MonkeyPatch()
    from napari_crystalseg.segmentation.training.refinement.refinement_trainer import RefinementTrainer

    learn = RefinementTrainer._learn

    def dying(self, shown, labels):
        if self.step == 2:
            raise Cancelled("stopped")
        return learn(self, shown, labels)

    with monkey.context() as patched:
        patched.setattr(RefinementTrainer, "_learn", dying)
        with pytest.raises(Cancelled):
            train_refiner(half, work, resume=True)
    _same(whole, train_refiner(half, work, resume=True))


def test_the_model_is_written_with_its_refiner_and_card(tiny_cases, tiny_model, tmp_path):
    made = train_refiner_of_model(_request(tiny_cases, tiny_model, steps=1), tmp_path / "sharp")
    said = made.card["refinement"]
    assert said["sha256"] == hash_file(made.path / REFINER)
    assert (said["steps"], said["seed"], said["volumes"]) == (1, 5, 7)
    assert said["parameters"] == made.refiner.parameters
    assert said["began_from_sha256"] == tiny_model.sha256 == made.sha256
    assert {name: value for name, value in made.card.items() if name != "refinement"} == tiny_model.card
    assert (made.path / "plans.json").read_bytes() == (tiny_model.path / "plans.json").read_bytes()
    with pytest.raises(InputError, match="is there already"):
        train_refiner_of_model(_request(tiny_cases, tiny_model, steps=1), tmp_path / "sharp")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"minutes": 1.0}, "either minutes or steps"),
        ({"steps": 0}, "must be positive"),
        ({"threads": 0}, "one thread"),
        ({"learning_rate": 0.0}, "learning rate"),
        ({"repeats": 0}, "once or more often"),
    ],
)
def test_numbers_out_of_range_are_refused(tiny_cases, tiny_model, options, told):
    with pytest.raises(InputError, match=told):
        _request(tiny_cases, tiny_model, **options)


def test_a_model_of_slices_and_no_cases_are_refused(tiny_cases, tiny_model, tiny_slice_model, tmp_path):
    with pytest.raises(InputError, match="whole samples"):
        _request(tiny_cases, tiny_slice_model)
    with pytest.raises(InputError, match="name a folder"):
        RefinementRequest([], tiny_model, steps=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="None of the cases"):
        train_refiner(_request(tmp_path / "empty", tiny_model), tmp_path / "work")


def test_batches_are_the_same_for_the_same_number_and_fit_together(tiny_cases, tiny_model, tmp_path):
    train_refiner(_request(tiny_cases, tiny_model, steps=1), tmp_path / "work")
    from napari_crystalseg.segmentation.training.refinement.prepared import names

    prepared = tmp_path / "work" / "cases"
    found = names(prepared)
    first, second, other = (patches.draw_batch(5, number, prepared, found) for number in (3, 3, 4))
    np.testing.assert_array_equal(first.voxel_values, second.voxel_values)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    assert not np.array_equal(first.labels, other.labels)
    assert first.voxel_values.shape == first.labels.shape == (4, 16, 16, 16)
    np.testing.assert_allclose(first.probabilities.sum(1, dtype=int), 255, atol=3)
