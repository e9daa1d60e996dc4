from __future__ import annotations

import threading
import time

import pytest

from napari_crystalseg.workflows.simulate_diffraction.ahead import made_ahead


@pytest.mark.parametrize("threads", [1, 3])
def test_they_come_in_order_however_long_each_takes(threads):
    def make(number):
        time.sleep(0.002 * (7 - number))
        return number**2

    assert list(made_ahead(make, 7, threads)) == [number**2 for number in range(7)]
    assert list(made_ahead(make, 0, threads)) == []


def test_no_more_are_made_ahead_than_threads_hold():
    started, lock = [], threading.Lock()

    def make(number):
        with lock:
            started.append(number)
        return number

    made = made_ahead(make, 100, 2)
    next(made)
    time.sleep(0.05)
    assert len(started) <= 4
    made.close()


def test_what_fails_is_told_to_the_one_who_takes():
    def make(number):
        if number == 2:
            raise ValueError("the third")
        return number

    made = made_ahead(make, 5, 2)
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        next(made)
