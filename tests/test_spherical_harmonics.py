from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption.directions import Directions
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.experiment import Experiment, Sweep
from napari_crystalseg.experiment.goniometer import Goniometer
from napari_crystalseg.experiment.table.reflections import Reflections
from napari_crystalseg.spherical_harmonics import (
    from_angles,
    gauss_legendre_directions,
    harmonic_degrees,
    real_spherical_harmonics,
    to_angles,
)


def test_harmonics_are_orthonormal_over_the_directions():
    directions, weights = gauss_legendre_directions(8)
    assert weights.sum() == pytest.approx(1)
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(128))
    harmonics = real_spherical_harmonics(directions, 7)
    gram = 4 * np.pi * harmonics.T @ (harmonics * weights[:, None])
    assert np.abs(gram - np.eye(64)).max() < 1e-12


def test_the_first_harmonics_are_those_of_the_textbook():
    z, y, x = directions = np.random.default_rng(1).normal(size=(3, 40))
    z, y, x = directions / np.linalg.norm(directions, axis=0)
    found = real_spherical_harmonics(np.stack([z, y, x], axis=1), 2)
    # Pole along axis 0, azimuth from axis 1 to axis 2.
    c1, c2 = np.sqrt(3 / (4 * np.pi)), np.sqrt(15 / (4 * np.pi))
    known = [np.full(40, np.sqrt(1 / (4 * np.pi))), c1 * x, c1 * z, c1 * y]
    known += [c2 * x * y, c2 * x * z, np.sqrt(5 / (16 * np.pi)) * (3 * z**2 - 1), c2 * y * z, c2 / 2 * (y**2 - x**2)]
    assert found == pytest.approx(np.stack(known, axis=1), abs=1e-13)
    assert [tuple(row) for row in harmonic_degrees(1)] == [(0, 0), (1, -1), (1, 0), (1, 1)]


def test_addition_theorem():
    directions, _ = gauss_legendre_directions(3)
    harmonics = real_spherical_harmonics(directions, 6)
    degree = harmonic_degrees(6)[:, 0]
    for order in range(7):
        total = (harmonics[:, degree == order] ** 2).sum(axis=1)
        assert total == pytest.approx(np.full(len(directions), (2 * order + 1) / (4 * np.pi)))


def test_the_azimuth_of_the_source_is_the_scan_angle():
    angles = np.deg2rad([0.0, 40.0, 90.0, -130.0])
    still = Goniometer.from_dict({"rotation_axis": [1.0, 0.0, 0.0]})
    sweep = Sweep(
        source_direction=np.array([0.0, 0.0, 1.0]), wavelength=1.0, goniometer=still, oscillation_deg=(0.0, 1.0)
    )
    s1 = np.full((4, 3), 3**-0.5)
    incident = Directions.of(Experiment((sweep,)), Reflections(s1, angles)).incident
    latitude, azimuth = to_angles(incident)
    assert latitude == pytest.approx(np.zeros(4), abs=1e-12)
    assert azimuth == pytest.approx(angles)
    assert from_angles(latitude, azimuth) == pytest.approx(incident)


def test_refusals():
    with pytest.raises(InputError, match="ring"):
        gauss_legendre_directions(0)
    with pytest.raises(InputError, match="order 0"):
        real_spherical_harmonics([[1, 0, 0]], -1)
