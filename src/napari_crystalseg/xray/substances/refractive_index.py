"""Complex refractive index of a substance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...wavelength import wavelength_um
from .substance import Substance

CLASSICAL_ELECTRON_RADIUS_CM = 2.8179403262e-13
AVOGADRO_PER_MOL = 6.02214076e23
EDGE_NEIGHBOURHOOD = 0.04
# Below, atoms in matter do not scatter as they do alone; what is far above must be meant in eV. The tables go further.
ENERGIES_KEV = (0.1, 300.0)


def attenuation_per_um(beta: float, energy_kev: float) -> float:
    """Linear attenuation coefficient μ = 4πβ/λ, 1/µm."""
    return 4.0 * np.pi * beta / wavelength_um(energy_kev)


@dataclass(frozen=True)
class RefractiveIndex:
    """Refractive index n = 1 − δ + iβ for waves exp(+ikz).

    Parameters
    ----------
    delta : float
        Decrement of the real part.
    beta : float
        Imaginary part; not negative.
    """

    delta: float
    beta: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.delta) and np.isfinite(self.beta) and self.beta >= 0):
            raise InputError(f"A refractive index needs finite delta and beta >= 0, not {self.delta}, {self.beta}.")

    def attenuation_per_um(self, energy_kev: float) -> float:
        """Linear attenuation coefficient at the energy that the index was made for, 1/µm."""
        return attenuation_per_um(self.beta, energy_kev)


def refractive_index(substance: Substance, energy_kev: float) -> RefractiveIndex:
    """Return the refractive index of a substance.

    From the atomic scattering factors: δ = r_e λ²/(2π) Σ n_j (Z_j + f'_j), β = r_e λ²/(2π) Σ n_j f''_j, with n_j atoms
    of element j a volume (Als-Nielsen & McMorrow, *Elements of Modern X-ray Physics*, ch. 3). Next to an absorption
    edge, where the tables of f'' are smeared, f'' comes from the photoelectric cross-section by the optical theorem.

    Parameters
    ----------
    substance : Substance
        Elements and density.
    energy_kev : float
        Photon energy, keV.

    Returns
    -------
    RefractiveIndex

    Raises
    ------
    InputError
        An energy outside 0.1 to 300 keV, or an element that the tables do not have.
    """
    import xraylib

    check_energy(energy_kev)
    wavelength_cm = wavelength_um(energy_kev) * 1e-4
    delta_sum = beta_sum = 0.0
    for symbol, fraction in substance.mass_fractions.items():
        try:
            number = xraylib.SymbolToAtomicNumber(symbol)
            atoms = fraction / xraylib.AtomicWeight(number)
            delta_sum += atoms * (number + xraylib.Fi(number, energy_kev))
            beta_sum += atoms * _absorptive_part(number, energy_kev, wavelength_cm)
        except ValueError as error:
            raise InputError(
                f"No scattering factors for {symbol} in {substance.name} at {energy_kev} keV: {error}."
            ) from error
    scale = CLASSICAL_ELECTRON_RADIUS_CM * wavelength_cm**2 / (2 * np.pi) * AVOGADRO_PER_MOL * substance.density_g_cm3
    return RefractiveIndex(scale * delta_sum, scale * beta_sum)


def check_energy(energy_kev: float) -> None:
    """Refuse an energy, keV, that the tables are not for.

    Raises
    ------
    InputError
    """
    if not ENERGIES_KEV[0] <= energy_kev <= ENERGIES_KEV[1]:
        raise InputError(
            f"Refractive indices are for photon energies from {ENERGIES_KEV[0]:g} to {ENERGIES_KEV[1]:g} keV, "
            f"not {energy_kev:g}; give energies in keV, not eV."
        )


def _absorptive_part(number: int, energy_kev: float, wavelength_cm: float) -> float:
    """Scattering factor f'' of an element, positive."""
    import xraylib

    if not _near_edge(number, energy_kev):
        part: float = -xraylib.Fii(number, energy_kev)
        return part
    # Optical theorem: cross-section = 2 r_e λ f''; xraylib gives it in cm²/g.
    cross_section_cm2 = xraylib.CS_Photo(number, energy_kev) * xraylib.AtomicWeight(number) / AVOGADRO_PER_MOL
    part = cross_section_cm2 / (2 * CLASSICAL_ELECTRON_RADIUS_CM * wavelength_cm)
    return part


def _near_edge(number: int, energy_kev: float) -> bool:
    """Whether the energy is so close to a K, L or M edge that interpolated tables of f'' are smeared across it.

    M edges of the heavy atoms of derivatives, of mercury from 2.3 to 3.6 keV, lie among the long wavelengths.
    """
    import xraylib

    for shell in range(xraylib.K_SHELL, xraylib.M5_SHELL + 1):
        try:
            edge = xraylib.EdgeEnergy(number, shell)
        except ValueError:  # the element has no such shell
            continue
        if abs(energy_kev - edge) < EDGE_NEIGHBOURHOOD * edge:
            return True
    return False
