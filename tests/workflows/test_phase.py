"""The ratio δ/β of liquor against published tables of water."""

from __future__ import annotations

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.phase import delta_beta_of_liquor


def test_water_at_10_kev():
    # NIST XCOM: photoelectric 4.944 cm²/g. δ = r_e λ² n_e / 2π with 3.343e23 electrons per cm³; β = μ λ / 4π.
    wavelength_cm = 1.23984e-8
    delta = 2.81794e-13 * wavelength_cm**2 * 3.343e23 / (2 * 3.14159265)
    beta = 4.944 * wavelength_cm / (4 * 3.14159265)
    assert delta_beta_of_liquor(10.0) == pytest.approx(delta / beta, rel=0.02)


def test_an_energy_in_ev_is_refused():
    with pytest.raises(InputError):
        delta_beta_of_liquor(12700.0)
