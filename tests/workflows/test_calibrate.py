from __future__ import annotations

import json

import numpy as np
import pytest

from helpers.tiny_cases import write_tiny_case
from helpers.untrained_model import write_untrained_model
from napari_crystalseg import segmentation
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io import open_labels, save_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.segmentation import Segmentation
from napari_crystalseg.segmentation.doubt.confidence_curve import ConfidenceCurve
from napari_crystalseg.segmentation.doubt.counted_case import CountedCase, near_surfaces
from napari_crystalseg.segmentation.postprocessing.physics import Physics
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.calibrate import calibrate

TRUE = ConfidenceCurve(2.0)
REFINED = ConfidenceCurve(0.7)


@pytest.fixture
def cases(tmp_path):
    for number in range(8):
        write_tiny_case(tmp_path / "cases", number)
    return tmp_path / "cases"


@pytest.fixture
def model(tmp_path):
    return write_untrained_model(tmp_path / "model", working_sizes=[24])


@pytest.fixture(autouse=True)
def twice_too_sure(monkeypatch, cases):
    """A network that is wrong as often as log-odds twice too large make it."""
    drawn = iter(range(1000))

    def segment(volume, model=None, *, physics=None, refine=True, calibrated=True, progress=None):
        assert not calibrated and physics == Physics.none()
        curve = REFINED if refine else TRUE
        rng = np.random.default_rng(next(drawn))
        truth = open_labels(cases / "case_0000" / "labels.tif").data
        confidence = rng.integers(110, 254, volume.shape).astype(np.uint8)
        wrong = rng.random(volume.shape) < curve.doubts[confidence]
        labels = np.where(wrong, (truth + 1) % 4, truth).astype(np.uint8)
        progress(1.0, "segmented")
        return Segmentation(Labels(labels, 0.5), 255 - confidence)

    monkeypatch.setattr(segmentation, "segment", segment)
    for folder in cases.glob("case_*"):
        # All of one truth, so that the network above knows it.
        (folder / "labels.tif").write_bytes((cases / "case_0000" / "labels.tif").read_bytes())


def test_the_temperature_of_an_oversure_network_is_found_and_kept_on_its_card(model, cases, tmp_path):
    weights = hash_file(model / "fold_0" / "checkpoint_final.pth")
    found = calibrate(model, [cases], picture=tmp_path / "diagram.png")
    card = json.loads((model / "card.json").read_text())
    assert card["calibration"] == found["calibration"]
    assert card["name"] == "tiny"
    assert card["calibration"]["temperature"] == pytest.approx(2.0, rel=0.05)
    own = card["calibration"]["expected_calibration_error"]["own"]
    before = card["calibration"]["taken_at_its_word"]["own"]
    assert own["everywhere"]["expected_calibration_error"] < 0.01
    assert before["everywhere"]["expected_calibration_error"] > 0.08
    assert own["everywhere"]["voxels"] == 4 * 24 * 20 * 22
    # Noise of 0.05, and what faces within the small sample add.
    assert 0.05 < card["training_range"]["noise"]["percentiles"][2] < 0.1
    assert card["training_range"]["volumes"] == 4
    assert hash_file(model / "fold_0" / "checkpoint_final.pth") == weights
    assert (tmp_path / "diagram.png").read_bytes().startswith(b"\x89PNG")


def test_further_volumes_count_for_the_range_and_other_folders_only_judge(model, cases, tmp_path):
    for folder in cases.glob("case_*"):
        for name in ("volume_phase", "volume_painted"):
            (folder / f"{name}.tif").write_bytes((folder / "volume.tif").read_bytes())
    write_tiny_case(tmp_path / "others", 0)
    noisy = np.random.default_rng(0).normal(0, 3, (24, 20, 22)).astype(np.float32)
    save_volume(Volume(noisy, 0.5), tmp_path / "others" / "case_0000" / "volume.tif")
    found = calibrate(model, [cases], judged_by=[tmp_path / "others"], write=False)
    assert found["training_range"]["volumes"] == 4 * 3
    (tmp_path / "training").mkdir()
    write_tiny_case(tmp_path / "training", 1)
    again = calibrate(model, [cases], trained_on=[tmp_path / "training"], write=False)
    assert again["training_range"]["volumes"] == 1
    assert found["calibration"]["cases"]["fitted"] == "4 samples of cases, 8 volumes"
    assert found["calibration"]["cases"]["others"] == "1 samples of others, 1 volumes"
    assert found["training_range"]["warned"]["others"] == "1 of 1"
    assert "calibration" not in json.loads((model / "card.json").read_text())


def test_a_second_stage_gets_a_curve_of_its_own(model, cases, monkeypatch):
    monkeypatch.setattr(segmentation.ModelFolder, "refiner", object())
    found = calibrate(model, [cases], write=False)["calibration"]
    assert found["temperature"] == pytest.approx(2.0, rel=0.06)
    assert found["refined_temperature"] == pytest.approx(0.7, rel=0.06)
    assert found["refined_calibration_error"]["own"]["everywhere"]["expected_calibration_error"] < 0.01


def test_a_cancelled_calibration_leaves_the_card(model, cases):
    before = (model / "card.json").read_bytes()

    def progress(fraction, message):
        if "sample 3" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        calibrate(model, [cases], progress=progress)
    assert (model / "card.json").read_bytes() == before


def test_too_few_samples_are_refused(model, tmp_path):
    write_tiny_case(tmp_path / "few", 0)
    with pytest.raises(InputError, match="four samples or more"):
        calibrate(model, [tmp_path / "few"])


def test_regions_of_a_box():
    labels = np.zeros((11, 11, 11), np.uint8)
    labels[3:8, 3:8, 3:8] = 3
    assert near_surfaces(labels, 1).sum() == (125 - 27) + 6 * 25
    assert not near_surfaces(labels, 3)[0, 0, 0]
    confidence = np.full(labels.shape, 200, np.uint8)
    found = CountedCase.of("box", labels, np.zeros_like(labels), confidence)
    assert found.regions["everywhere"].wrong[200] == 125
    assert found.regions["sample"].voxels == 125
    with pytest.raises(InputError, match="true ones"):
        CountedCase.of("box", labels, labels[1:], confidence)
