"""Columns that show nothing of the sample are bridged, and others are left alone."""

from __future__ import annotations

import numpy as np

from helpers.analytic import discs, ellipsoids
from napari_crystalseg.tomography import remove_stripes
from napari_crystalseg.tomography.preprocessing.dead_stripes import bridge_dead_stripes, dead_columns

ANGLES = np.linspace(0, 180, 180, endpoint=False)
WIDTH = 200
# Bodies away from the axis, which move across the stripe.
PARTS = [(0, 0, 80, 0.003), (30, 10, 12, 0.01), (-35, 20, 9, 0.02), (10, -45, 15, 0.01)]


def striped(blurred):
    sinogram = discs(ANGLES, WIDTH, 99.5, PARTS)
    weight = np.zeros(WIDTH)
    weight[60:72] = 1
    if blurred:
        weight = np.convolve(weight, np.hanning(9) / np.hanning(9).sum(), mode="same")
    return sinogram, (sinogram * (1 - weight) + 0.9 * weight).astype(np.float32)


def test_stripe_is_found_with_its_blur():
    for blurred in (False, True):
        dead = np.flatnonzero(dead_columns(striped(blurred)[1][:, 0]))
        reach = 4 if blurred else 0
        assert dead.min() in range(60 - reach - 5, 60 - reach + 2)
        assert dead.max() in range(71 + reach - 1, 71 + reach + 6)


def test_stripe_is_bridged():
    true, bad = striped(True)
    mended = bridge_dead_stripes(bad)
    assert np.abs(bad - true).max() > 0.3
    # A straight line knows nothing of bodies as narrow as the stripe.
    assert np.sqrt(((mended - true) ** 2).mean()) < 0.45 * np.sqrt(((bad - true) ** 2).mean())
    untouched = ~dead_columns(bad[:, 0])
    np.testing.assert_array_equal(mended[:, 0, untouched], bad[:, 0, untouched])


def test_samples_without_dead_columns_are_left_alone():
    rng = np.random.default_rng(5)
    for sinogram in (
        ellipsoids(rng, ANGLES, (12, WIDTH), 97.0),
        discs(ANGLES, WIDTH, 99.5, [(0, 0, 60, 0.01)]),
        discs(ANGLES, WIDTH, 99.5, [(0, 0, 60, 0.002), (40, 0, 8, 0.05)]),
    ):
        noisy = sinogram + rng.normal(0, 0.003, sinogram.shape).astype(np.float32)
        for given in (sinogram, noisy):
            assert bridge_dead_stripes(given) is given


def test_narrow_sinogram_and_none():
    few = np.zeros((5, 1, 8), dtype=np.float32)
    assert bridge_dead_stripes(few) is few
    assert remove_stripes(few, "none") is few
