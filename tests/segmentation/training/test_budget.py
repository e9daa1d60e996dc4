from __future__ import annotations

import pytest

from napari_crystalseg.segmentation.training.budget import Budget


@pytest.mark.parametrize(
    ("budget", "step", "seconds", "spent"),
    [
        (Budget(steps=200), 50, 1e9, 0.25),
        (Budget(steps=200), 500, 0.0, 1.0),
        (Budget(minutes=10), 10**6, 150.0, 0.25),
        (Budget(minutes=10), 0, 601.0, 1.0),
    ],
)
def test_steps_are_spent_by_steps_and_minutes_by_time(budget, step, seconds, spent):
    assert budget.spent(step, seconds) == spent


def test_the_rate_warms_up_stays_and_falls_to_zero():
    budget = Budget(steps=10_000)
    rates = [budget.learning_rate(1e-3, step, 0.0) for step in (0, 99, 500, 6900, 8500, 10_000)]
    assert rates == pytest.approx([5e-6, 5e-4, 1e-3, 1e-3, 5e-4, 0.0])
