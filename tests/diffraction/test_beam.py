from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.errors import InputError


def test_polarisation_is_that_of_the_textbook():
    """P = [1 + cos² 2 theta - K cos 2 psi sin² 2 theta] / 2 with K = 2 f - 1, psi from the plane of the field."""
    rng = np.random.default_rng(1)
    two_theta, psi = rng.uniform(0, np.pi, 50), rng.uniform(0, 2 * np.pi, 50)
    beams = np.column_stack([np.sin(two_theta) * np.cos(psi), np.sin(two_theta) * np.sin(psi), -np.cos(two_theta)])
    for fraction in (0.5, 0.99):
        expected = (1 + np.cos(two_theta) ** 2 - (2 * fraction - 1) * np.cos(2 * psi) * np.sin(two_theta) ** 2) / 2
        assert DiffractionBeam(polarisation_fraction=fraction).polarisation(3 * beams) == pytest.approx(expected)


def test_waves():
    beam = DiffractionBeam(energy_kev=12.398419843320026, flux_per_s=2e12, size_um=(20.0, 50.0))
    assert beam.wavelength_angstrom == pytest.approx(1)
    assert beam.s0 == pytest.approx([0, 0, -1])
    assert beam.flux_per_um2_s == 2e9


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"energy_kev": 12400.0}, "not eV"),
        ({"source_direction": (0, 0, 0)}, "not all zero"),
        ({"size_um": (0.0, 1.0)}, "two positive widths"),
        ({"polarisation_fraction": 1.5}, "between 0 and 1"),
    ],
)
def test_beams_that_are_none(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        DiffractionBeam(**changes)
