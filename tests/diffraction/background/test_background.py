from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.background import Background, random_background
from napari_crystalseg.diffraction.background.curves import air, water
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.electron_radius import ELECTRON_RADIUS_ANGSTROM


def test_water_has_its_ring_and_its_shoulder_and_air_neither():
    q = np.linspace(0, 8, 801)
    curve = water(q)
    assert q[np.argmax(curve)] == pytest.approx(2.0, abs=0.1)
    assert np.interp(2.95, q, curve) > (np.interp(2.6, q, curve) + np.interp(3.6, q, curve)) / 2
    # The compressibility leaves 6.5 % of the ten electrons squared forward.
    assert curve[0] == pytest.approx(6.5, rel=0.02)
    assert air(q)[0] == pytest.approx(14**2, rel=0.01)
    assert (np.diff(air(q)) <= 1e-9).all()


def test_a_pixel_gets_what_its_solid_angle_takes():
    beam = DiffractionBeam(flux_per_s=1e12, polarisation_fraction=0.5)
    detector = preset_detector("pilatus-6m", 300.0, energy_kev=12.4)
    background = Background(water_um=100.0, air_mm=0.0, plastics=())
    image = background.photons(detector, beam, 2.0)[0].astype(float)
    panel = detector.panels[0]
    for fast, slow in ((1231, 1263), (300, 1200), (2400, 77)):
        place = panel.laboratory_mm(np.array([[(fast + 0.5) * 0.172, (slow + 0.5) * 0.172]]))[0]
        distance = np.linalg.norm(place)
        cosine = 300.0 / distance
        two_theta = np.arccos(cosine)
        q = 4 * np.pi / beam.wavelength_angstrom * np.sin(two_theta / 2)
        molecules = 6.02214076e23 / 18.015 * 100e-4  # in 1 cm² of 100 µm
        expected = (
            2e12
            * molecules
            * (ELECTRON_RADIUS_ANGSTROM * 1e-8) ** 2
            * water(np.array([q]))[0]
            * (1 + cosine**2)
            / 2
            * 0.172**2
            * cosine
            / distance**2
            * (1 - np.exp(-panel.sensor[0] * 0.45 / cosine))
        )
        assert image[slow, fast] == pytest.approx(expected, rel=2e-3)


def test_polarisation_shows_across_the_image():
    image = Background().photons(preset_detector("eiger-4m", 80.0), DiffractionBeam(), 1.0)[0]
    assert image[1083, 30] < 0.9 * image[1083 - 1005, 1035]


def test_backgrounds_are_drawn_by_seed():
    assert random_background(4) == random_background(4)
    assert random_background(4) != random_background(5)
