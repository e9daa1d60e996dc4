"""A detector in the beam: both conventions of its tilt, and what is seen where."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.geometry.detector_geometry import DetectorGeometry
from napari_crystalseg.diffraction.geometry.resolution_rings import resolution_rings
from napari_crystalseg.diffraction.geometry.stated_geometry import turned_about_sample
from napari_crystalseg.errors import InputError

SOURCE = np.array([0.0, 0.0, 1.0])


def test_centre_distance_and_tilt_come_back():
    made = DetectorGeometry.of_tilt((310.5, 220.25), 180.0, 0.172, (600, 500), 2.5, -1.75, 1.1)
    assert made.beam_centre_px == pytest.approx((310.5, 220.25))
    assert (made.distance_mm, made.pitch_deg, made.yaw_deg) == pytest.approx((180.0, 2.5, -1.75))
    assert np.cos(np.deg2rad(made.tilt_deg)) == pytest.approx(np.cos(np.deg2rad(2.5)) * np.cos(np.deg2rad(1.75)))
    assert float(made.two_theta_rad([made.beam_centre_px])[0]) == pytest.approx(0, abs=1e-7)


def test_the_simulator_means_the_same_tilt():
    panel = preset_detector("pilatus-2m", 150.0, pitch_yaw_deg=(2.0, -3.0), beam_centre_px=(700.0, 900.0)).panels[0]
    found = DetectorGeometry(panel, SOURCE)
    assert (found.pitch_deg, found.yaw_deg, found.distance_mm) == pytest.approx((2.0, -3.0, 150.0))
    assert found.beam_centre_px == pytest.approx((700.0, 900.0))


def test_about_the_sample_and_about_the_beam_are_converted():
    # A two-theta arm of 30 degrees takes the beam from where it was by the distance times the tangent.
    square = DetectorGeometry.of_tilt((300.0, 250.0), 160.0, 0.2, (600, 500))
    turned = turned_about_sample(square, 0.0, -30.0)
    assert turned.normal_foot_px == pytest.approx((300.0, 250.0))
    assert turned.normal_distance_mm == pytest.approx(160.0)
    assert turned.beam_centre_px == pytest.approx((300.0 - 160 * np.tan(np.deg2rad(30)) / 0.2, 250.0))
    assert turned.distance_mm == pytest.approx(160 / np.cos(np.deg2rad(30)))
    arm = preset_detector("pilatus-2m", 160.0, two_theta_deg=20.0, beam_centre_px=(700.0, 800.0)).panels[0]
    found = DetectorGeometry(arm, SOURCE)
    assert found.normal_foot_px == pytest.approx((700.0, 800.0)) and found.tilt_deg == pytest.approx(20.0)


def test_rings_lie_at_their_angle_on_a_tilted_detector():
    made = DetectorGeometry.of_tilt((250.0, 260.0), 100.0, 0.2, (500, 500), 12.0, -20.0, 1.0)
    ring = made.ring_px(np.deg2rad(15.0))
    assert np.degrees(made.two_theta_rad(ring)) == pytest.approx(np.full(len(ring), 15.0))
    assert made.resolution_angstrom(ring)[0] == pytest.approx(1 / (2 * np.sin(np.deg2rad(7.5))))
    rings = resolution_rings(made, (500, 500))
    assert 2 <= len(rings) <= 6 and all(one.text.endswith("Å") for one in rings)


def test_the_plane_square_to_the_beam_goes_both_ways():
    made = DetectorGeometry.of_tilt((250.0, 260.0), 100.0, 0.2, (500, 500), 12.0, -20.0)
    place = made.on_square_plane_mm([(100.0, 333.0)])[0]
    assert made.pixel_on_square_plane(place) == pytest.approx([100.0, 333.0])


def test_a_detector_that_no_beam_meets_is_refused():
    with pytest.raises(InputError, match="runs along"):
        DetectorGeometry.of_tilt((0, 0), 100.0, 0.2, (10, 10), 0.0, 89.0)
    with pytest.raises(InputError, match="positive distance"):
        DetectorGeometry.of_tilt((0, 0), -5.0, 0.2, (10, 10))
