from __future__ import annotations

import pytest

from napari_crystalseg.errors import Cancelled
from napari_crystalseg.progress import part, silent


def test_a_step_tells_its_part_of_the_whole():
    told = []
    step = part(lambda fraction, message: told.append((fraction, message)), 0.25, 0.75)
    for fraction in (0, 0.5, 1):
        step(fraction, "tracing")
    assert told == [(0.25, "tracing"), (0.5, "tracing"), (0.75, "tracing")]


def test_steps_of_steps():
    told = []
    inner = part(part(lambda fraction, message: told.append(fraction), 0.5, 1.0), 0.0, 0.5)
    inner(0, "")
    inner(1, "")
    assert told == [0.5, 0.75]


def test_whoever_watches_a_step_may_cancel_the_whole():
    def cancel(fraction, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        part(cancel, 0, 1)(0.5, "tracing")


def test_nobody_has_to_watch():
    assert silent(0.5, "tracing") is None
