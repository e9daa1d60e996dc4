from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.segmentation.doubt import calibration
from napari_crystalseg.segmentation.doubt.calibration import Calibration, doubt
from napari_crystalseg.segmentation.doubt.confidence_curve import ConfidenceCurve


def test_without_a_calibration_the_network_is_taken_at_its_word():
    winning = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    assert np.array_equal(doubt(winning.copy(), None), 255 - winning)


def test_a_temperature_of_two_halves_the_log_odds(monkeypatch):
    monkeypatch.setattr(calibration, "_SLAB_VOXELS", 10)
    winning = np.full((5, 2, 3), 204, np.uint8)  # 0.8: odds 4 to 1, halved in the logarithm 2 to 1
    found = doubt(winning, ConfidenceCurve(2.0))
    assert (found == 85).all()
    assert found is winning


def test_each_stage_has_its_own_curve():
    both = Calibration(ConfidenceCurve(2.0), ConfidenceCurve(1.0))
    assert (both.curve().temperature, both.curve(refined=True).temperature) == (2.0, 1.0)
    assert Calibration(ConfidenceCurve(2.0)).curve(refined=True) is None


def test_a_card_keeps_it():
    card = {
        "calibration": Calibration(ConfidenceCurve(1.5, 0.2, 1e-3), ConfidenceCurve(0.9), {"cases": "two"}).record()
    }
    assert (card["calibration"]["temperature"], card["calibration"]["refined_temperature"]) == (1.5, 0.9)
    found = Calibration.of_card(card)
    assert found == Calibration(ConfidenceCurve(1.5, 0.2, 1e-3), ConfidenceCurve(0.9), {"cases": "two"})


@pytest.mark.parametrize("stated", [None, 3, {}, {"temperature": "warm"}, {"temperature": -1}, {"temperature": [1]}])
def test_cards_that_say_nothing_of_use(stated):
    assert Calibration.of_card({"calibration": stated}) is None
