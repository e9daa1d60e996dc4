"""Wavelength of photons."""

from __future__ import annotations

import math

from .errors import InputError

KEV_ANGSTROM = 12.398419843320026
"""Planck constant times speed of light (exact in the SI of 2019)."""


SAME_ENERGY = 0.01
"""Energies that differ by more than this part are two: an attenuation coefficient goes with the third power of it."""


def same_energy(one_kev: float, other_kev: float) -> bool:
    """Whether two photon energies, keV, are the same to a percent."""
    return abs(one_kev - other_kev) <= SAME_ENERGY * max(one_kev, other_kev)


def same_wavelength(one_angstrom: float, other_angstrom: float) -> bool:
    """Whether two wavelengths, Å, are those of the same photon energy, to a percent."""
    return same_energy(KEV_ANGSTROM / one_angstrom, KEV_ANGSTROM / other_angstrom)


def checked_energy_kev(value: float, what: str = "photon energy") -> float:
    """Return a photon energy in keV, or refuse one that is none.

    Raises
    ------
    InputError
        Not a number, not positive, or so large that it is in eV.
    """
    try:
        energy = float(value)
    except (TypeError, ValueError):
        raise InputError(f"The {what} must be a number in keV, not {value!r}.") from None
    if not math.isfinite(energy) or energy <= 0:
        raise InputError(f"The {what} must be positive in keV, not {energy:g}.")
    if energy > 300:
        raise InputError(f"The {what} is {energy:g} keV; give energies in keV, not eV ({energy / 1000:g}?).")
    return energy


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
