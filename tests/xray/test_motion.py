from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.xray import Acquisition
from napari_crystalseg.xray.motion import run_out


def motion(**values):
    angles = np.arange(0, 360, 0.5)
    return Acquisition(energy_kev=8.0, distance_mm=1.0, pixel_size_um=1.0, angles_deg=angles, **values).motion


def test_a_steady_sample_only_turns():
    steady = motion()
    poses = steady.draw(np.random.default_rng(0))
    np.testing.assert_array_equal(poses[:, 0], steady.angles_deg)
    np.testing.assert_array_equal(poses[:, 1:], np.broadcast_to([0.0, 0.0, 1.0], (720, 3)))


def test_drift_and_shrinkage_are_whole_at_the_end_and_none_at_the_start():
    poses = motion(drift_px=(3.0, -2.0), shrinkage=0.1).draw(np.random.default_rng(0))
    np.testing.assert_allclose(poses[[0, -1], 1:], [[0, 0, 1], [3, -2, 0.9]], atol=1e-12)
    assert motion(shrinkage=0.1).done[360] == pytest.approx(360 / 719)


def test_jitter_has_the_spread_that_is_asked_for():
    poses = motion(angle_jitter_deg=0.2).draw(np.random.default_rng(3))
    assert np.std(poses[:, 0] - motion().angles_deg) == pytest.approx(0.2, rel=0.08)


def test_run_out_has_unit_size_over_a_turn():
    found = run_out(np.random.default_rng(0), np.arange(0, 360, 0.5))
    np.testing.assert_allclose(np.sqrt(np.mean(found**2, axis=0)), 1.0, rtol=1e-6)
    assert np.abs(np.diff(found, axis=0)).max() < 0.1


def test_run_out_is_that_of_the_axis():
    """As large as is asked for, and by the same stream as of old: it follows the jitter of the angles."""
    rng = np.random.default_rng(5)
    rng.standard_normal(720)
    poses = motion(wobble_px=1.5).draw(np.random.default_rng(5))
    np.testing.assert_array_equal(poses[:, 1:3], 1.5 * run_out(rng, motion().angles_deg))
    assert np.sqrt((poses[:, 1:3] ** 2).mean(axis=0)) == pytest.approx([1.5, 1.5])


def test_parts_have_the_values_of_the_acquisition():
    settings = Acquisition(
        energy_kev=8.0, distance_mm=20.0, pixel_size_um=0.5, angles_deg=[0.0, 1.0], photons=1e5, bits=12, slices=3
    )
    assert (settings.optics.energy_kev, settings.optics.slices, settings.optics.pixel_size_um) == (8.0, 3, 0.5)
    assert settings.detector_response.gain == settings.gain == pytest.approx(30000 / 16 / 1e5)
    assert (settings.incident_beam.photons, settings.motion.count) == (1e5, 2)
