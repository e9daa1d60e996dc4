"""Scores of validation sets and of stacked slices, and the curves drawn of them."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.streams.dataset import TrainingCase
from napari_crystalseg.segmentation.training import curves
from napari_crystalseg.segmentation.training.validation.validation_sets import (
    SingleSlice,
    StackedSlice,
    ValidationSet,
    in_slices,
    mean_dice,
    read_slice,
)


def case(first: int, last: int) -> TrainingCase:
    labels = np.zeros((4, 4, 10), dtype=np.uint8)
    labels[..., first:last] = 3
    return TrainingCase(labels.astype(np.float16), labels)


def test_each_case_counts_alike():
    # Of the first case half is found, the other is found whole; liquor is predicted where there is none in the second.
    def predict(voxel_values):
        found = np.zeros(voxel_values.shape, dtype=np.uint8)
        found[..., 2:4] = 3
        return found

    dice = ValidationSet("two", (case(2, 6), case(2, 4))).dice(predict)
    assert dice == pytest.approx({"crystal": (2 / 3 + 1) / 2, "mean": (2 / 3 + 1) / 2})


def test_a_class_that_is_wrongly_predicted_counts_as_zero():
    dice = ValidationSet("one", (case(2, 6),)).dice(
        lambda voxel_values: np.where(voxel_values > 0, 3, 1).astype(np.uint8)
    )
    assert dice == {"liquor": 0.0, "crystal": 1.0, "mean": 0.5}


def test_stacks_of_a_slice_agree_where_the_answer_does_not_depend_on_them(monkeypatch):
    monkeypatch.setattr("napari_crystalseg.segmentation.training.validation.validation_sets.COPIES", (10, 20, 40, 80))
    voxel_values = np.zeros((90, 40), dtype=np.float32)
    voxel_values[30:60, 10:30] = 1
    stacked = StackedSlice("square", voxel_values, 32)
    seen = []

    def predict(volume):
        seen.append(volume.shape)
        return (volume > 0.5).astype(np.uint8) * (1 if len(volume) < 20 else 3)

    found = stacked.agreement(stacked.predictions(predict))
    assert [max(shape) for shape in seen] == [32] * 4
    assert sorted(shape[0] for shape in seen) == [4, 7, 14, 28]
    # Nothing but the square differs, and it takes a sixth of the slice.
    assert found["agreement"] == pytest.approx(5 / 6, abs=0.02)
    assert found["liquor"] + found["crystal"] == pytest.approx(1 / 6, abs=0.02)


def test_shares_of_a_slice_are_those_of_its_field():
    voxel_values = np.zeros((90, 40), dtype=np.float32)
    voxel_values[30:60, 10:30] = 1
    seen = []

    def predict(volume):
        seen.append(volume.shape)
        return (volume > 0.5).astype(np.uint8) * 3

    found = SingleSlice("square", voxel_values, 45).scores(predict)
    assert seen == [(1, 45, 20)]
    assert found == pytest.approx({"liquor": 0, "loop": 0, "crystal": 1 / 6}, abs=0.01)


def test_every_eighth_slice_that_holds_a_sample_is_looked_at_by_itself():
    labels = np.zeros((40, 16, 16), dtype=np.uint8)
    labels[10:30, 4:12, 4:12] = 1
    rng = np.random.default_rng(0)
    voxel_values = labels * np.arange(1, 41)[:, None, None] / 10 + rng.normal(0, 0.01, labels.shape)
    flat = in_slices(TrainingCase(voxel_values.astype(np.float16), labels))
    assert flat.labels.shape == (3, 16, 16)  # slices 12, 20 and 28
    # In the volume the sample of the last is twice as bright as that of the first.
    brightness = [float(np.median(g[c == 1])) for g, c in zip(flat.voxel_values, flat.labels, strict=True)]
    assert max(brightness) < 1.02 * min(brightness)
    assert in_slices(TrainingCase(voxel_values.astype(np.float16), np.zeros_like(labels))) is None


def test_a_volume_is_no_slice(tmp_path):
    np.save(tmp_path / "volume.npy", np.zeros((3, 4, 5)))
    with pytest.raises(InputError, match="3 axes"):
        read_slice(tmp_path / "volume.npy")
    (tmp_path / "text.npy").write_text("no array")
    with pytest.raises(InputError, match="cannot be read"):
        read_slice(tmp_path / "text.npy")


def test_cases_that_are_gone_or_of_another_folder_are_not_validated_on(tiny_cases, write_case, tmp_path):
    from napari_crystalseg.segmentation.streams.dataset import read_cases

    for number in range(3):
        write_case(tmp_path / "cases", number)
    assert len(read_cases(tmp_path / "cases", tmp_path / "prepared", 16)) == 3
    shutil.rmtree(tmp_path / "cases" / "case_0001")
    np.save(tmp_path / "cases" / "unrelated.npy", np.zeros(3))
    assert len(read_cases(tmp_path / "cases", tmp_path / "prepared", 16)) == 2


def test_mean_over_sets_leaves_out_those_without_labels():
    assert mean_dice({"a": {"mean": 0.5}, "b": {"mean": 0.7}, "slice": {"agreement": 1.0}}) == pytest.approx(0.6)
    assert mean_dice({}) is None


def test_a_record_forgets_what_was_gone_back_on(tmp_path):
    for step, loss in ((10, 1.0), (20, 0.8), (30, 0.7), (20, 0.9)):
        curves.note(tmp_path, {"step": step, "loss": loss, "sets": {"a": {"mean": 0.5, "crystal": 0.6}}})
    assert [(entry["step"], entry["loss"]) for entry in curves.read(tmp_path)] == [(10, 1.0), (20, 0.9)]
    assert (tmp_path / curves.PICTURE).read_bytes().startswith(b"\x89PNG")
    with open(tmp_path / curves.RECORD, "a") as record:
        record.write(json.dumps({"step": 40})[:5])
    assert len(curves.read(tmp_path)) == 2
    curves.note(tmp_path, {"step": 50, "loss": None, "sets": {}})
    assert [entry["step"] for entry in curves.read(tmp_path)] == [10, 20, 50]
