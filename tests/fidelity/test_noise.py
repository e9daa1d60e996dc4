from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.fidelity.noise import noise_power


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
    voxel_values = np.random.default_rng(4).standard_normal((50, 50))
    counted = np.zeros((50, 50), dtype=bool)
    counted[3:19, 5:37] = True
    voxel_values[~counted] = 1e6
    assert noise_power(voxel_values, counted, patch_px=16).patches == 2
    assert noise_power(voxel_values, counted, patch_px=17) is None
