from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.doubt.confidence_curve import ConfidenceCurve
from napari_crystalseg.segmentation.doubt.reliability import LEVELS, Reliability

STATED = 1 - np.arange(LEVELS) / (LEVELS - 1)  # what a network's confidence says at its word


def drawn(chance_wrong, voxels=400_000, seed=0) -> Reliability:
    """Voxels of random confidence above 0.4, each wrong with the chance that belongs to its level."""
    rng = np.random.default_rng(seed)
    confidence = rng.integers(102, LEVELS - 1, voxels).astype(np.uint8)
    return Reliability.of(confidence, rng.random(voxels) >= np.asarray(chance_wrong)[confidence])


def test_a_predictor_that_means_what_it_says_has_no_calibration_error():
    found = drawn(STATED)
    # Of 400,000 voxels in nine bins the shares stray by about 0.5 / sqrt(voxels of a bin).
    assert found.expected_calibration_error(STATED) < 0.003
    assert found.wrong_share == pytest.approx(STATED[102:-1].mean(), abs=0.003)


def test_what_overstates_by_a_tenth_is_off_by_a_tenth():
    found = drawn(STATED + 0.1)
    assert found.expected_calibration_error(STATED) == pytest.approx(0.1, abs=0.003)


def test_counted_by_hand():
    confidence = np.array([255, 255, 255, 255, 128, 128], dtype=np.uint8)
    found = Reliability.of(confidence, np.array([True, True, True, False, True, False]))
    assert (found.voxels, found.right[255], found.wrong[255], found.wrong[128]) == (6, 3, 1, 1)
    # Four sure voxels of which a quarter is wrong, two half-sure ones of which half is.
    off = (4 * 0.25 + 2 * abs(127 / 255 - 0.5)) / 6
    assert found.expected_calibration_error(STATED) == pytest.approx(off)
    assert (found + Reliability.nothing()).voxels == 6
    assert (found + found).wrong[255] == 2


def test_log_loss_of_a_fair_coin():
    found = Reliability.of(np.full(1000, 100, np.uint8), np.arange(1000) % 2 == 0)
    assert found.log_loss(np.full(LEVELS, 0.5)) == pytest.approx(np.log(2))
    assert found.log_loss(np.full(LEVELS, 0.3)) > np.log(2)


def test_nothing_is_refused_or_unknown():
    assert np.isnan(Reliability.nothing().expected_calibration_error(STATED))
    with pytest.raises(InputError, match="256 counts"):
        Reliability(np.zeros(3), np.zeros(3))


@pytest.mark.parametrize(("temperature", "offset"), [(1.0, 0.0), (2.5, 0.0), (0.6, 0.4), (1.4, -0.3)])
def test_a_curve_that_was_put_in_is_found_again(temperature, offset):
    true = ConfidenceCurve(temperature, offset)
    found = ConfidenceCurve.fitted(drawn(true.doubts))
    assert found.temperature == pytest.approx(temperature, rel=0.03)
    assert found.offset == pytest.approx(offset, abs=0.03)


def test_a_temperature_alone():
    found = ConfidenceCurve.fitted(drawn(ConfidenceCurve(1.8).doubts), with_offset=False)
    assert found.temperature == pytest.approx(1.8, rel=0.03)
    assert found.offset == 0.0


def test_the_highest_level_keeps_its_own_share():
    sure = Reliability.of(np.full(100_000, 255, np.uint8), np.arange(100_000) % 1000 != 0)
    found = ConfidenceCurve.fitted(sure + drawn(ConfidenceCurve(2.0).doubts))
    assert found.surest == pytest.approx(0.001)
    assert found.doubts[-1] == pytest.approx(0.001)
    assert found.temperature == pytest.approx(2.0, rel=0.03)
    assert (np.diff(found.doubts) <= 0).all()


def test_fitting_never_makes_the_likelihood_worse():
    found = drawn(np.clip(STATED * 1.7, 0, 1))
    assert found.log_loss(ConfidenceCurve.fitted(found).doubts) < found.log_loss(STATED)


def test_too_few_voxels_are_refused():
    with pytest.raises(InputError, match="more cases"):
        ConfidenceCurve.fitted(drawn(STATED, voxels=100))
    with pytest.raises(InputError, match="more cases"):
        ConfidenceCurve.fitted(Reliability.of(np.full(5000, 200, np.uint8), np.ones(5000, bool)))


def test_curves_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="positive temperature"):
        ConfidenceCurve(0.0)
    with pytest.raises(InputError, match="positive temperature"):
        ConfidenceCurve(1.0, float("nan"))


def test_figures_of_no_voxels_are_none_which_json_has():
    record = Reliability.nothing().record(np.linspace(1, 0, 256))
    assert record["expected_calibration_error"] is record["log_loss"] is record["wrong"] is None
    assert record["voxels"] == 0 and record["bins"] == []
