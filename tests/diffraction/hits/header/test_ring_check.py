from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.diffraction.background import Background
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.hits import SpotFinder
from napari_crystalseg.diffraction.hits.examples.hit_conditions import HitConditions
from napari_crystalseg.diffraction.hits.header.ring_check import check_ring
from napari_crystalseg.diffraction.images import Camera, simulate_still
from napari_crystalseg.wavelength import KEV_ANGSTROM

CONDITIONS = HitConditions()


def panel(energy, distance):
    return CONDITIONS.detector_at(energy, distance).panels[0]


def background_alone(energy, distance, photons=3e9, what=None):
    beam = DiffractionBeam(energy, photons, (10.0, 10.0), bandwidth=0.01)
    camera = Camera(CONDITIONS.detector_at(energy, distance))
    image = simulate_still(None, None, beam, camera, exposure_s=1.0, background=what or Background(100.0), seed=5)
    return SpotFinder().examine(image.counts[0])


def test_a_right_header_agrees_and_a_wrong_one_is_put_right():
    examined = background_alone(8.0, 150.0)
    right = check_ring(examined, panel(8.0, 150.0), KEV_ANGSTROM / 8.0)
    assert right.verdict == "agrees"
    assert (right.energy_kev, right.distance_mm) == pytest.approx((8.0, 150.0), rel=0.02)
    assert "to 2 %" in right.sentence
    energy = check_ring(examined, panel(9.2, 150.0), KEV_ANGSTROM / 9.2)
    assert energy.verdict == "disagrees"
    assert energy.energy_kev == pytest.approx(8.0, rel=0.02)
    assert "an energy of" in energy.sentence and "or a distance of" in energy.sentence
    distance = check_ring(examined, panel(8.0, 190.0), KEV_ANGSTROM / 8.0)
    assert distance.verdict == "disagrees"
    assert distance.distance_mm == pytest.approx(150.0, rel=0.02)


def test_energy_and_distance_wrong_by_the_same_part_are_seen_only_as_their_product():
    """At small angles the radius of the ring is wavelength times distance: both wrong, it may well agree."""
    examined = background_alone(12.0, 250.0)
    both = check_ring(examined, panel(12.0 * 1.15, 250.0 * 1.15), KEV_ANGSTROM / 12.0 / 1.15)
    assert both.verdict == "agrees"
    assert not both.separate


def test_a_ring_that_is_not_on_the_detector_tells_nothing():
    found = check_ring(background_alone(6.0, 350.0), panel(6.0, 350.0), KEV_ANGSTROM / 6.0)
    assert found.verdict == "cannot tell"
    assert np.isnan(found.energy_kev) and "No ring of water" in found.sentence


def test_an_image_without_background_tells_nothing():
    examined = background_alone(8.0, 150.0, photons=1.0)
    assert check_ring(examined, panel(8.0, 150.0), KEV_ANGSTROM / 8.0).verdict == "cannot tell"


def test_a_flat_background_has_no_ring():
    flat = np.random.default_rng(1).poisson(2.0, (540, 517))
    found = check_ring(SpotFinder().examine(flat), panel(8.0, 150.0), KEV_ANGSTROM / 8.0)
    assert found.verdict == "cannot tell"


def test_a_tilted_detector_is_taken_as_it_stands():
    from napari_crystalseg.diffraction.detectors import preset_detector
    from napari_crystalseg.experiment import Detector

    plain = preset_detector("pilatus-2m", 160.0, energy_kev=12.0, pitch_yaw_deg=(0.0, 12.0)).panels[0]
    size = np.floor(plain.image_size_px / 4)
    binned = replace(plain, pixel_size_mm=4 * plain.pixel_size_mm, image_size_px=size, gaps_px=())
    beam = DiffractionBeam(12.0, 3e9, (10.0, 10.0))
    image = simulate_still(
        None, None, beam, Camera(Detector((binned,))), exposure_s=1.0, background=Background(100.0), seed=2
    )
    found = check_ring(SpotFinder().examine(image.counts[0]), binned, KEV_ANGSTROM / 12.0)
    assert found.verdict == "agrees"
    assert found.energy_kev == pytest.approx(12.0, rel=0.05)
