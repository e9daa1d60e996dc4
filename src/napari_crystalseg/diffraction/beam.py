"""DiffractionBeam: the X-ray beam that a crystal is held into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import checked_number
from ..errors import InputError
from ..wavelength import KEV_ANGSTROM, checked_energy_kev


@dataclass(frozen=True)
class DiffractionBeam:
    """A beam of X-rays: how many photons, of what energy, along what direction.

    Parameters
    ----------
    energy_kev : float
        Photon energy, keV.
    flux_per_s : float
        Photons a second in the whole beam.
    size_um : (float, float)
        Full width along X and Y, µm; photons are even over it.
    bandwidth : float
        Full width at half maximum of the energies as a part of the energy.
    divergence_mrad : float
        Full width at half maximum of the directions, mrad.
    polarisation_fraction : float
        Part of the intensity whose electric field is at right angles to ``polarisation_normal``, as dxtbx counts it:
        0.5 is an unpolarised beam. The coefficient (I_p - I_s) / (I_p + I_s) is 2 f - 1: 0.98 for 0.99.
    source_direction : (float, float, float)
        Unit vector from the sample to the source, DIALS axes (X, Y, Z).
    polarisation_normal : (float, float, float)
        Normal of the plane in which the electric field lies.

    Raises
    ------
    InputError
        A number outside its bounds, or a direction of length zero.
    """

    energy_kev: float = 12.4
    flux_per_s: float = 1e12
    size_um: tuple[float, float] = (100.0, 100.0)
    bandwidth: float = 1.4e-4
    divergence_mrad: float = 0.1
    polarisation_fraction: float = 0.99
    source_direction: tuple[float, float, float] = (0.0, 0.0, 1.0)
    polarisation_normal: tuple[float, float, float] = (0.0, 1.0, 0.0)

    def __post_init__(self) -> None:
        checked_energy_kev(self.energy_kev, "photon energy of the beam")
        checked_number(self.flux_per_s, "The flux of the beam, photons/s,", 0.0, 1e30)
        checked_number(self.bandwidth, "The bandwidth of the beam, a part of its energy,", 0.0, 0.5)
        checked_number(self.divergence_mrad, "The divergence of the beam, mrad,", 0.0, 100.0)
        checked_number(self.polarisation_fraction, "The polarisation fraction of the beam", 0.0, 1.0)
        if len(self.size_um) != 2 or not all(np.isfinite(width) and width > 0 for width in self.size_um):
            raise InputError(f"The size of the beam must be two positive widths in µm, not {self.size_um}.")
        for name in ("source_direction", "polarisation_normal"):
            vector = np.asarray(getattr(self, name), dtype=float)
            length = float(np.linalg.norm(vector))
            if vector.shape != (3,) or not np.isfinite(length) or length == 0:
                raise InputError(f"The beam's {name.replace('_', ' ')} must be three numbers, not all zero.")
            object.__setattr__(self, name, tuple(float(v) for v in vector / length))

    @property
    def wavelength_angstrom(self) -> float:
        """Wavelength, Å."""
        return KEV_ANGSTROM / self.energy_kev

    @property
    def s0(self) -> NDArray[np.float64]:
        """Incident wave vector in the laboratory, 1/Å, shape (3,)."""
        return -np.array(self.source_direction) / self.wavelength_angstrom

    @property
    def flux_per_um2_s(self) -> float:
        """Photons through 1 µm² a second."""
        return self.flux_per_s / (self.size_um[0] * self.size_um[1])

    def polarisation(self, beams: ArrayLike) -> NDArray[np.float64]:
        """Return the polarisation factor of scattering along directions.

        Parameters
        ----------
        beams : array_like, shape (..., 3)
            Directions from the sample, of any length.

        Returns
        -------
        ndarray of float64, shape (...)
            P = f (1 - (s.e)²) + (1 - f) (1 - (s.n)²) with the unit vectors s, n (the normal) and e = n x s0; for
            f = 1/2 it is (1 + cos² 2 theta) / 2 (Kahn et al. 1982, J. Appl. Cryst. 15, 330).

        Raises
        ------
        InputError
            The normal lies along the beam.
        """
        directions = np.asarray(beams, dtype=float)
        directions = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
        forward = -np.array(self.source_direction)
        normal = np.array(self.polarisation_normal)
        normal = normal - (normal @ forward) * forward
        if not np.linalg.norm(normal) > 1e-6:
            raise InputError("The beam's polarisation normal lies along the beam; give one at right angles to it.")
        normal /= np.linalg.norm(normal)
        field = np.cross(normal, forward)
        f = self.polarisation_fraction
        factor: NDArray[np.float64] = f * (1 - (directions @ field) ** 2) + (1 - f) * (1 - (directions @ normal) ** 2)
        return factor
