"""Golden values: xraylib 4.3 scattering factors, as published in the table of the design's physics reference."""

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.xray import Substance, refractive_index, wavelength_um
from napari_crystalseg.xray.substances.substance import (
    ammonium_sulphate,
    kapton,
    nylon,
    peg_400,
    protein,
    protein_crystal,
    sodium_chloride,
    water,
)

ENERGIES_KEV = (3.0, 3.5, 4.0, 5.0, 8.0, 12.0)
TABLE = [
    # substance, delta 1e6, beta 1e9, attenuation per mm
    (
        water(),
        (26.089, 19.096, 14.578, 9.292, 3.609, 1.600),
        (628.4, 342.3, 201.5, 82.38, 12.18, 2.28),
        (19.106, 12.143, 8.167, 4.175, 0.987, 0.277),
    ),
    (
        sodium_chloride(1.0),
        (26.814, 19.683, 15.041, 9.594, 3.727, 1.652),
        (826.5, 456.3, 271.7, 113.4, 17.44, 3.37),
        (25.13, 16.19, 11.02, 5.75, 1.414, 0.410),
    ),
    (
        ammonium_sulphate(2.0),
        (29.261, 21.464, 16.402, 10.462, 4.064, 1.801),
        (947.0, 524.3, 313.2, 131.1, 20.27, 3.93),
        (28.80, 18.60, 12.70, 6.64, 1.644, 0.478),
    ),
    (
        peg_400(0.3),
        (27.166, 19.886, 15.183, 9.680, 3.761, 1.667),
        (595.0, 323.7, 190.3, 77.72, 11.45, 2.14),
        (18.09, 11.48, 7.72, 3.94, 0.928, 0.260),
    ),
    (
        protein_crystal(protein(), water(), 0.5),
        (29.909, 21.907, 16.732, 10.671, 4.148, 1.839),
        (642.4, 350.9, 207.1, 85.08, 12.69, 2.39),
        (19.53, 12.45, 8.40, 4.31, 1.029, 0.291),
    ),
    (
        protein(),
        (33.729, 24.719, 18.886, 12.050, 4.686, 2.078),
        (656.5, 359.4, 212.7, 87.77, 13.21, 2.51),
        (19.96, 12.75, 8.62, 4.45, 1.071, 0.305),
    ),
    (
        kapton(),
        (34.195, 25.034, 19.117, 12.192, 4.740, 2.102),
        (549.2, 296.5, 173.4, 70.11, 10.13, 1.86),
        (16.70, 10.52, 7.03, 3.55, 0.821, 0.227),
    ),
    (
        nylon(),
        (29.264, 21.434, 16.374, 10.448, 4.065, 1.803),
        (395.2, 213.2, 124.6, 50.32, 7.25, 1.33),
        (12.02, 7.56, 5.05, 2.55, 0.588, 0.162),
    ),
]


@pytest.mark.parametrize(("substance", "delta", "beta", "attenuation"), TABLE, ids=lambda v: getattr(v, "name", ""))
def test_table_of_materials(substance, delta, beta, attenuation):
    found = [refractive_index(substance, energy) for energy in ENERGIES_KEV]
    np.testing.assert_allclose([1e6 * n.delta for n in found], delta, rtol=5e-3)
    np.testing.assert_allclose([1e9 * n.beta for n in found], beta, rtol=1e-2)
    per_mm = [1e3 * n.attenuation_per_um(energy) for n, energy in zip(found, ENERGIES_KEV, strict=True)]
    np.testing.assert_allclose(per_mm, attenuation, rtol=1e-2)


def test_absorption_edge_of_chlorine_is_sharp():
    # The K edge is at 2.8224 keV; from below to above it chlorine gains about 1450 cm²/g.
    liquor = sodium_chloride(2.0)
    below, above = (refractive_index(liquor, energy).attenuation_per_um(energy) for energy in (2.821, 2.824))
    gain = 1450e-4 * liquor.mass_fractions["Cl"] * liquor.density_g_cm3
    assert above - below == pytest.approx(gain, rel=0.04)


def test_m_edges_of_mercury_are_sharp():
    # M5 and M3, which the tables of f'' anticipate: 5 eV below M5 they are 48 % too high.
    import xraylib

    mercury = Substance("mercury", {"Hg": 1.0}, 13.5)
    for edge_kev in (2.2949, 2.8471):
        far, near = (
            refractive_index(mercury, energy).attenuation_per_um(energy) for energy in (edge_kev - 0.1, edge_kev - 2e-3)
        )
        # Below an edge attenuation falls, as about the cube of the energy.
        assert near < far
        assert near == pytest.approx(xraylib.CS_Photo(80, edge_kev - 2e-3) * 13.5e-4, rel=1e-6)


def test_attenuation_agrees_with_photoelectric_cross_sections():
    # Two routes through the database: f'' and the tabulated photoelectric cross-section differ by up to 8 %.
    import xraylib

    for energy in ENERGIES_KEV:
        cross_section = xraylib.CS_Photo_CP("H2O", energy)
        assert refractive_index(water(), energy).attenuation_per_um(energy) == pytest.approx(
            cross_section * 0.997e-4, rel=0.08
        )


def test_wavelength():
    assert wavelength_um(3.5) == pytest.approx(3.5424e-4, rel=1e-5)
    with pytest.raises(InputError, match="energy"):
        wavelength_um(0.0)


@pytest.mark.parametrize("energy_kev", [-3.5, 0.0, np.nan, 0.0035, 3500.0])
def test_energies_that_can_only_be_in_another_unit_are_refused(energy_kev):
    # The tables have values from 1 eV to 10 MeV, and would answer.
    with pytest.raises(InputError, match="keV"):
        refractive_index(water(), energy_kev)


def test_unknown_element_is_named():
    with pytest.raises(InputError, match="Zz"):
        refractive_index(Substance("fantasy", {"Zz": 1.0}, 1.0), 8.0)
