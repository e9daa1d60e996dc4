from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.untrained_model import write_untrained_model
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.judgement.plausibility import findings
from napari_crystalseg.segmentation import ModelFolder, segment
from napari_crystalseg.segmentation.doubt.confidence_curve import ConfidenceCurve
from napari_crystalseg.segmentation.postprocessing.physics import Physics, apply_physics
from napari_crystalseg.volume import Volume


def volume(shape, voxel_size_um=0.5, seed=0) -> Volume:
    voxel_values = np.random.default_rng(seed).normal(0, 0.1, shape)
    middle = tuple(slice(length // 4, max(length - length // 4, 1)) for length in shape)
    voxel_values[middle] += 1
    return Volume(voxel_values.astype(np.float32), voxel_size_um)


@pytest.mark.parametrize(
    ("shape", "voxel_size_um"),
    [((7, 33, 21), 0.5), ((19, 16, 40), (2.0, 1.0, 1.0)), ((1, 30, 30), 1.0), ((16, 16, 16), 3e-4), ((3, 2, 5), 1.0)],
)
def test_any_size_and_voxel_size(tiny_model, shape, voxel_size_um):
    given = volume(shape, voxel_size_um)
    made = segment(given, tiny_model)
    assert made.labels.shape == made.uncertainty.shape == shape
    assert made.labels.voxel_size_um == given.voxel_size_um
    # The most probable of five classes has a fifth or more.
    assert made.uncertainty.dtype == np.uint8 and made.uncertainty.max() <= 204


def test_larger_than_the_working_grid(tiny_model, monkeypatch):
    monkeypatch.setitem(tiny_model.card, "working_sizes", [24])
    given = volume((40, 50, 30))
    made = segment(given, tiny_model)
    assert made.labels.shape == (40, 50, 30)
    assert made.labels.provenance.steps[-1]["working_shapes"] == [[19, 24, 14]]


def test_same_call_same_bytes(tiny_model):
    first, second = (segment(volume((20, 24, 18)), tiny_model) for _ in range(2))
    assert first.labels.data.tobytes() == second.labels.data.tobytes()
    assert first.uncertainty.tobytes() == second.uncertainty.tobytes()


def test_scale_and_offset_of_the_voxel_values_do_not_matter(tiny_model):
    given = volume((20, 24, 18))
    other = Volume(4096 * given.data + 1024, 0.5)
    first, second = segment(given, tiny_model), segment(other, tiny_model)
    assert np.mean(first.labels.data == second.labels.data) > 0.995


def test_provenance_names_the_model(tiny_model):
    record = segment(volume((16, 16, 16)), tiny_model, engine="torch").labels.provenance
    assert record.model_sha256 == tiny_model.sha256
    assert record.steps[-1]["step"] == "segment"
    assert record.steps[-1]["engine"].startswith("torch")


def test_an_unknown_engine_is_refused_before_any_work(tiny_model):
    with pytest.raises(InputError, match=r"must be one of .*torch.*, not 'tea'"):
        segment(volume((16, 16, 16)), tiny_model, engine="tea")


def test_cancel_stops_at_the_next_tile(tiny_model, monkeypatch):
    monkeypatch.setitem(tiny_model.card, "working_sizes", [40])
    heard: list[str] = []

    def cancelling(fraction: float, message: str) -> None:
        heard.append(message)
        if message.startswith("tile 2 of"):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        segment(volume((40, 40, 40)), tiny_model, progress=cancelling)
    assert heard[-1].startswith("tile 2 of")


def test_cancel_does_not_wait_for_all_mirror_images(tiny_model):
    heard: list[str] = []

    def cancelling(fraction: float, message: str) -> None:
        heard.append(message)
        if message.startswith("tile 1 of 1, mirror image 3"):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        segment(volume((16, 16, 16)), tiny_model, progress=cancelling)


def test_progress_rises_to_1(tiny_model):
    heard: list[float] = []
    segment(volume((20, 40, 20)), tiny_model, progress=lambda fraction, message: heard.append(fraction))
    assert heard == sorted(heard)
    assert heard[-1] == 1


def test_constant_volume_is_refused(tiny_model):
    with pytest.raises(InputError, match="nothing to segment"):
        segment(Volume(np.ones((16, 16, 16), dtype=np.float32), 1.0), tiny_model)


def test_a_model_not_trained_on_boxes_sees_the_field(tiny_model, monkeypatch):
    monkeypatch.setitem(tiny_model.card, "working_sizes", [50])
    given = volume((40, 50, 30))
    in_the_box = segment(given, tiny_model)
    monkeypatch.setitem(tiny_model.card, "coarsest_voxels", None)
    assert not np.array_equal(segment(given, tiny_model).uncertainty, in_the_box.uncertainty)


def test_mirror_images_only_along_axes_that_the_model_allows(tiny_model, monkeypatch):
    given, messages = volume((20, 24, 18)), []
    monkeypatch.setitem(tiny_model.__dict__, "mirror_axes", (1,))
    made = segment(given, tiny_model, progress=lambda share, message: messages.append(message))
    assert "tile 1 of 1, mirror image 2 of 2" in messages
    assert made.labels.provenance.steps[-1]["mirror_axes"] == [1]
    messages.clear()
    segment(given, tiny_model, mirror=False, progress=lambda share, message: messages.append(message))
    assert "tile 1 of 1" in messages


def test_several_working_grids_are_averaged(tiny_model, monkeypatch):
    given, made = volume((40, 50, 30)), []
    for sizes in ([24], [32], [24, 32], [32, 24, 24]):
        monkeypatch.setitem(tiny_model.card, "working_sizes", sizes)
        made.append(segment(given, tiny_model, physics=Physics.none()))
    one, other, both, again = made
    assert both.labels.provenance.steps[-1]["working_shapes"] == [[19, 24, 14], [26, 32, 19]]
    assert np.array_equal(both.labels.data, again.labels.data)
    # Where both grids say the same, their mean does.
    agreed = one.labels.data == other.labels.data
    assert np.array_equal(both.labels.data[agreed], one.labels.data[agreed])
    assert not np.array_equal(both.uncertainty, one.uncertainty)


def test_the_cards_calibration_is_what_the_uncertainty_says(tiny_model, monkeypatch):
    given = volume((20, 24, 18))
    plain = segment(given, tiny_model)
    assert plain.labels.provenance.steps[-1]["uncertainty"].endswith("not calibrated")
    curve = ConfidenceCurve(2.0, 0.3, 0.01)
    monkeypatch.setitem(tiny_model.card, "calibration", curve.record())
    made = segment(given, tiny_model)
    assert np.array_equal(made.uncertainty, curve.table[255 - plain.uncertainty])
    assert np.array_equal(made.labels.data, plain.labels.data)
    assert "not calibrated" not in made.labels.provenance.steps[-1]["uncertainty"]
    assert np.array_equal(segment(given, tiny_model, calibrated=False).uncertainty, plain.uncertainty)


def test_what_is_unlike_the_training_is_on_the_record(tiny_model, monkeypatch):
    given = volume((20, 24, 18))
    assert "unlike_training" not in segment(given, tiny_model).labels.provenance.steps[-1]
    monkeypatch.setitem(tiny_model.card, "training_range", {"noise": {"percentiles": [0.05, 0.08, 0.1, 0.12, 0.2]}})
    assert segment(given, tiny_model).labels.provenance.steps[-1]["unlike_training"] == []
    monkeypatch.setitem(tiny_model.card, "training_range", {"noise": {"percentiles": [0.001] * 4 + [0.002]}})
    (said,) = segment(given, tiny_model).labels.provenance.steps[-1]["unlike_training"]
    assert said.startswith("Noise is ") and "at most 0.24 % in training" in said


def test_physics_afterwards_is_by_option_and_recorded(tmp_path):
    """A network that was never trained draws scattered labels, which are right afterwards."""
    model = ModelFolder(write_untrained_model(tmp_path / "model", working_sizes=[16]))
    values = np.random.default_rng(0).normal(size=(24, 26, 28)).astype(np.float32)
    raw = segment(Volume(values, 0.5), model, physics=Physics.none())
    made = segment(Volume(values, 0.5), model, physics=Physics.every())
    expected, corrections = apply_physics(raw.labels, Physics.every(), values)
    assert np.array_equal(made.labels.data, expected) and made.corrections == corrections
    assert corrections and raw.corrections == ()
    record = made.labels.provenance.steps[-1]
    assert record["corrected"] == [one.to_dict() for one in corrections] and record["physics"]["islands"]
    chosen = segment(Volume(values, 0.5), model, physics=Physics.every(), crystals="largest")
    rules = replace(Physics.every(), crystals="largest")
    assert np.array_equal(chosen.labels.data, apply_physics(raw.labels, rules, values)[0])
    assert chosen.labels.provenance.steps[-1]["physics"] == rules.to_dict()
    with pytest.raises(InputError, match="largest, large, all"):
        segment(Volume(values, 0.5), model, crystals="one")
    told = {finding.text for finding in findings(made.labels)}
    assert {one.text((0.5, 0.5, 0.5)) for one in corrections} <= told
