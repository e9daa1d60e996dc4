from __future__ import annotations

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.wavelength import KEV_ANGSTROM, checked_energy_kev, same_energy, same_wavelength, wavelength_um


def test_wavelength_of_photons():
    # hc = 1.986 445 857 × 10⁻²⁵ J m and 1 eV = 1.602 176 634 × 10⁻¹⁹ J (CODATA 2018).
    assert KEV_ANGSTROM == pytest.approx(1.986445857e-25 / 1.602176634e-19 * 1e7, rel=1e-9)
    # The line Kα1 of copper: 8047.8227 eV, 1.540593 Å (Deslattes et al. 2003, Rev. Mod. Phys. 75, 35).
    assert wavelength_um(8.0478227) == pytest.approx(1.540593e-4, rel=1e-6)


@pytest.mark.parametrize("energy", [0, -1, float("nan"), float("inf")])
def test_no_wavelength_without_energy(energy):
    with pytest.raises(InputError, match="must be positive in keV"):
        wavelength_um(energy)
    with pytest.raises(InputError, match="must be positive in keV"):
        checked_energy_kev(energy)


def test_energies_in_other_words():
    assert checked_energy_kev("4.5") == 4.5
    with pytest.raises(InputError, match=r"The beam is 4500 keV; give energies in keV, not eV \(4\.5\?\)"):
        checked_energy_kev(4500, "beam")
    for nothing in ("soft", None):
        with pytest.raises(InputError, match="must be a number in keV"):
            checked_energy_kev(nothing)


def test_a_percent_makes_another_energy():
    assert same_energy(10.0, 10.09) and same_energy(10.09, 10.0)
    assert not same_energy(10.0, 10.2) and not same_energy(10.2, 10.0)
    assert same_wavelength(1.0, 1.009) and not same_wavelength(1.0, 1.02)
