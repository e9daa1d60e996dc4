from __future__ import annotations

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.xray import Substance, refractive_index, total_attenuation_per_um
from napari_crystalseg.xray.substances.substance import water

# NIST X-ray mass attenuation coefficients of water with coherent scattering, cm²/g (Hubbell & Seltzer, NISTIR 5632).
NIST_WATER = {3.0: 192.9, 5.0: 42.58, 8.0: 10.37, 10.0: 5.329, 15.0: 1.673, 20.0: 0.8096, 30.0: 0.3756}


@pytest.mark.parametrize(("energy_kev", "cm2_g"), NIST_WATER.items())
def test_water_attenuates_as_published(energy_kev, cm2_g):
    own = water()
    assert total_attenuation_per_um(own, energy_kev) == pytest.approx(cm2_g * own.density_g_cm3 * 1e-4, rel=0.01)


def test_scattering_is_what_a_refractive_index_leaves_out():
    absorbed = refractive_index(water(), 18.0).attenuation_per_um(18.0)
    assert absorbed / total_attenuation_per_um(water(), 18.0) == pytest.approx(0.73, abs=0.01)


def test_an_energy_in_ev_is_refused():
    with pytest.raises(InputError, match="in keV, not eV"):
        total_attenuation_per_um(Substance.from_formula("salt", "NaCl", 2.17), 4500.0)
