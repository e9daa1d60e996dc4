"""Linear attenuation coefficients of substances, with all that takes photons out of a beam."""

from __future__ import annotations

from ...errors import InputError
from .refractive_index import check_energy
from .substance import Substance


def total_attenuation_per_um(substance: Substance, energy_kev: float) -> float:
    """Return the linear attenuation coefficient of a beam that passes a substance.

    The total of photoelectric absorption and of scattering, coherent and incoherent, since a scattered photon is lost
    to the beam (International Tables C, 6.3.1; xraylib's ``CS_Total``). What the imaginary part of a refractive index
    gives (:meth:`.RefractiveIndex.attenuation_per_um`) is photoelectric absorption alone: in water 1 % less at 3 keV,
    13 % less at 12.7 keV, 27 % less at 18 keV.

    Parameters
    ----------
    substance : Substance
        Elements and density.
    energy_kev : float
        Photon energy, keV.

    Returns
    -------
    float
        1/µm.

    Raises
    ------
    InputError
        An energy outside 0.1 to 300 keV, or an element that the tables do not have.
    """
    import xraylib

    check_energy(energy_kev)
    total_cm2_g = 0.0
    for symbol, fraction in substance.mass_fractions.items():
        try:
            total_cm2_g += fraction * xraylib.CS_Total(xraylib.SymbolToAtomicNumber(symbol), energy_kev)
        except ValueError as error:
            raise InputError(
                f"No cross-sections for {symbol} in {substance.name} at {energy_kev} keV: {error}."
            ) from error
    return total_cm2_g * substance.density_g_cm3 * 1e-4
