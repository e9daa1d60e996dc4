"""Wavelength of photons."""

from __future__ import annotations

import math

from .errors import InputError

KEV_ANGSTROM = 12.398419843320026
"""Planck constant times speed of light (exact in the SI of 2019)."""


def wavelength_um(energy_kev: float) -> float:
    """Wavelength of photons, µm.

    Raises
    ------
    InputError
        An energy that is not positive and finite.
    """
    if not (math.isfinite(energy_kev) and energy_kev > 0):
        raise InputError(f"The photon energy must be positive in keV, not {energy_kev}.")
    return KEV_ANGSTROM / energy_kev * 1e-4
