import numpy as np
import pytest

from helpers.three_discs import transmission
from napari_crystalseg.tomography.scan_checks.neighbours import is_random_order, unlike_neighbours

ANGLES = np.array([(111.2461 * i) % 360 for i in range(120)])


def lines(width=96, seed=0, **what):
    clean = -np.log(transmission(ANGLES, 16, width, (width - 1) / 2, **what))
    return clean + np.random.default_rng(seed).normal(0, 0.01, clean.shape)


def test_neighbours_are_alike_and_those_at_random_are_not():
    inner = lines()[..., 34:62]
    assert unlike_neighbours(inner, ANGLES) < 0.1
    assert is_random_order(unlike_neighbours(inner, np.random.default_rng(1).permutation(ANGLES)))


@pytest.mark.parametrize("spoil", ["nothing", "drift", "fading"])
def test_a_round_sample_says_nothing_though_it_moves_or_the_beam_fades(spoil):
    round_ = lines(discs=[(0, 0, 30, 0.004)])
    time = np.linspace(0, 1, len(ANGLES))[:, None, None]
    if spoil == "drift":
        round_ = round_ * (1 - time) + np.roll(round_, 2, axis=2) * time
    if spoil == "fading":
        round_ = round_ + 0.2 * time
    assert unlike_neighbours(round_, ANGLES) is None
