from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.fidelity.rings import mirrored_ring_profile, ring_profile


def radius(size: int) -> np.ndarray:
    axis = np.arange(size) - (size - 1) / 2
    return np.hypot(axis[:, np.newaxis], axis)


def test_rings_of_a_known_amplitude_are_found_under_noise():
    rng = np.random.default_rng(1)
    r = radius(101)
    # 1, 0, -1, 0 with the radius: the running mean over 11 of them has 1/11 of their amplitude.
    rings = 0.2 * np.cos(np.pi / 2 * np.rint(r))
    expected = 0.2 * 10 / 11 / np.sqrt(2)
    # Slow changes are no rings.
    assert ring_profile(rings + 1e-3 * r).between(12, 44) == pytest.approx(expected, rel=1e-3)
    noisy = rings + rng.standard_normal((24, 101, 101))
    assert ring_profile(noisy).between(12, 44) == pytest.approx(expected, rel=0.05)
    assert ring_profile(noisy - rings).between(12, 44) < 0.25 * expected
    assert np.isnan(ring_profile(noisy, np.zeros(noisy.shape, dtype=bool)).between(0, 50))


@pytest.mark.parametrize("centre_px", [50.0, 50.5])
def test_pairs_of_dots_about_the_axis_are_rings(centre_px):
    rng = np.random.default_rng(2)
    rings = 0.1 * rng.standard_normal((400, 101))
    distance = np.floor(np.abs(np.arange(101) - centre_px)).astype(int)
    noise = 0.1 * rng.standard_normal((400, 101))
    found = mirrored_ring_profile(rings[:, distance] + noise, centre_px)
    # A running mean of 11 independent values takes off 1/11 of their variance.
    assert found.between(8, 40) == pytest.approx(0.1 * np.sqrt(10 / 11), rel=0.05)
    assert mirrored_ring_profile(noise, centre_px).between(8, 40) < 0.03
