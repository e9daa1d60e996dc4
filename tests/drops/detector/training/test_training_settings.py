"""Budget and course of the training of a detector."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.detector.training.training_settings import TrainingSettings
from napari_crystalseg.errors import InputError


def test_the_budget_that_ends_first_counts():
    settings = TrainingSettings(minutes=2, steps=100)
    assert settings.spent(50, 30) == 0.5
    assert settings.spent(10, 90) == 0.75


def test_the_rate_rises_and_falls_once():
    settings = TrainingSettings(steps=10, learning_rate=0.5)
    rates = np.array([settings.rate(part) for part in np.linspace(0, 1, 101)])
    assert rates.max() == pytest.approx(0.5) and rates.argmax() == 10
    assert (np.diff(rates[:11]) > 0).all() and (np.diff(rates[10:]) < 0).all()
    assert rates[-1] == pytest.approx(0.5e-3)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "needs a budget"),
        ({"minutes": 0.0}, "positive number"),
        ({"steps": 0}, "at least one step"),
        ({"steps": 1, "new": 9}, "can be new"),
        ({"steps": 1, "learning_rate": float("nan")}, "learning rate"),
        ({"steps": 1, "longest_side_px": 8}, "32 to 4096"),
        ({"steps": 1, "seed": -1}, "seed"),
        ({"steps": 1, "threads": 0}, "thread"),
    ],
)
def test_what_cannot_be_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        TrainingSettings(**wrong)
