from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.fidelity.realism import (
    class_levels,
    edge_profile,
    level_ratio,
    mirrored_ring_profile,
    noise_power,
    ring_profile,
)
from napari_crystalseg.labels import Material


def radius(size: int) -> np.ndarray:
    axis = np.arange(size) - (size - 1) / 2
    return np.hypot(axis[:, np.newaxis], axis)


def test_levels_leave_out_fringes_at_borders():
    classes = np.zeros((24, 40, 40), dtype=np.uint8)
    classes[4:20, 6:34, 6:34] = Material.LIQUOR
    classes[7:17, 13:27, 13:27] = Material.CRYSTAL
    classes[:, 0, 0] = Material.LOOP
    greys = np.select([classes == m for m in (Material.LIQUOR, Material.CRYSTAL)], [0.5, 0.38], 0.1)
    liquor = classes == Material.LIQUOR
    # Two bright layers on either side of each border.
    for axis in range(3):
        for step in (-2, -1, 1, 2):
            greys[np.roll(classes, step, axis) != classes] = 9.0
    levels = class_levels(greys, classes, margin_px=2)
    assert levels == {Material.AIR: 0.1, Material.LIQUOR: 0.5, Material.CRYSTAL: 0.38}
    assert greys[liquor].mean() > 1
    assert level_ratio(levels, Material.CRYSTAL, Material.LIQUOR) == pytest.approx(0.7)
    assert level_ratio(levels, Material.LOOP, Material.LIQUOR) is None


def test_the_overshoot_of_a_disc_is_that_of_its_rim():
    r = radius(121)
    greys = np.select([r < 37.3, r < 40.3, r < 43.3], [2.1, 2.7, -0.1], 0.1)
    profile = edge_profile(greys, r < 40.3)
    assert (profile.air, profile.plateau) == (pytest.approx(0.1), pytest.approx(2.1))
    assert profile.overshoot == pytest.approx(0.3)
    assert profile.undershoot == pytest.approx(0.1)
    assert profile.relative[profile.depth_px == 8] == pytest.approx(1)


def test_only_what_is_counted_has_an_edge():
    greys = np.zeros((60, 60))
    greys[:, 30:] = 1.0
    greys[:30, 30] = 1.5
    greys[30:, 30] = 1.2
    counted = np.arange(60)[:, np.newaxis] >= np.full(60, 30)
    assert edge_profile(greys, greys > 0).overshoot == pytest.approx(0.35)
    assert edge_profile(greys, greys > 0, counted).overshoot == pytest.approx(0.2)
    with pytest.raises(InputError, match="sample that is counted"):
        edge_profile(greys, greys > 0, greys == 0)


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


@pytest.mark.parametrize("axis_px", [50.0, 50.5])
def test_pairs_of_dots_about_the_axis_are_rings(axis_px):
    rng = np.random.default_rng(2)
    rings = 0.1 * rng.standard_normal((400, 101))
    distance = np.floor(np.abs(np.arange(101) - axis_px)).astype(int)
    noise = 0.1 * rng.standard_normal((400, 101))
    found = mirrored_ring_profile(rings[:, distance] + noise, axis_px)
    # A running mean of 11 independent values takes off 1/11 of their variance.
    assert found.between(8, 40) == pytest.approx(0.1 * np.sqrt(10 / 11), rel=0.05)
    assert mirrored_ring_profile(noise, axis_px).between(8, 40) < 0.03


def test_white_noise_has_a_flat_spectrum_that_holds_its_variance():
    white = 0.7 * np.random.default_rng(3).standard_normal((4, 64, 64))
    found = noise_power(white, patch_px=16)
    assert found.patches == 64
    assert found.power[3:] == pytest.approx(0.49, rel=0.12)
    assert (found.power * found.weight).sum() / found.weight.sum() == pytest.approx(found.variance)
    assert found.variance == pytest.approx(0.49 * (1 - 6 / 256), rel=0.03)
    y, x = np.mgrid[:64, :64]
    bent = noise_power(white + 3 + 0.1 * y - 0.002 * x * y + 0.001 * x**2, patch_px=16)
    assert bent.power == pytest.approx(found.power)


def test_a_wave_is_at_its_frequency():
    x = np.arange(64)
    found = noise_power(np.tile(0.3 * np.sin(2 * np.pi * x / 4), (32, 1)), patch_px=16)
    at = found.power.argmax()
    assert found.frequency[at] == 0.25
    # Nearly all of its variance a²/2 lies there: a twentieth goes with the trend.
    assert found.power[at] * found.weight[at] / found.weight.sum() == pytest.approx(0.95 * 0.3**2 / 2, rel=0.01)


def test_patches_lie_in_what_is_counted():
    greys = np.random.default_rng(4).standard_normal((50, 50))
    counted = np.zeros((50, 50), dtype=bool)
    counted[3:19, 5:37] = True
    greys[~counted] = 1e6
    assert noise_power(greys, counted, patch_px=16).patches == 2
    assert noise_power(greys, counted, patch_px=17) is None


def test_what_does_not_fit_is_refused():
    greys = np.zeros((20, 20))
    with pytest.raises(InputError, match="shape"):
        class_levels(greys, np.zeros((20, 21), dtype=np.uint8))
    with pytest.raises(InputError, match="odd"):
        ring_profile(greys, high_pass_px=10)
    with pytest.raises(InputError, match="both sample and air"):
        edge_profile(greys, greys > 0)
    with pytest.raises(InputError, match="half a pixel"):
        mirrored_ring_profile(greys, 9.3)
