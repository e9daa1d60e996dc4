"""DiffractingCrystal: what of a crystal, besides its structure, shapes its reflections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_number
from .beam import DiffractionBeam
from .lattice import Lattice


@dataclass(frozen=True)
class DiffractingCrystal:
    """A crystal in the beam, made of blocks that are slightly turned against each other.

    Parameters
    ----------
    lattice : Lattice
        Cell, space group and orientation.
    volume_um3 : float
        Volume in the beam, µm³.
    mosaicity_deg : float
        Standard deviation of the directions of the blocks about any axis, degrees.
    block_um : float
        Size of a block, µm.

    Raises
    ------
    InputError
        A number outside its bounds.
    """

    lattice: Lattice
    volume_um3: float = 1e5
    mosaicity_deg: float = 0.05
    block_um: float = 1.0

    def __post_init__(self) -> None:
        checked_number(self.volume_um3, "The volume of the crystal, µm³,", 1e-9, 1e15)
        checked_number(self.mosaicity_deg, "The mosaicity of the crystal, degrees,", 0.0, 10.0)
        checked_number(self.block_um, "The size of the blocks of the crystal, µm,", 1e-3, 1e5)

    def point_width(self, d_spacing: NDArray[np.float64], beam: DiffractionBeam) -> NDArray[np.float64]:
        """Return how thick reciprocal lattice points are at right angles to the Ewald sphere, 1/Å.

        Parameters
        ----------
        d_spacing : ndarray, any shape
            Spacing of the reflections, Å.
        beam : DiffractionBeam
            Its bandwidth and divergence blur the sphere, which is the same as thicker points.

        Returns
        -------
        ndarray of float64, shape of ``d_spacing``
            Standard deviation: sqrt(1 / (2 pi D²) + (q cos theta)² (eta² + delta²) + (q sin theta)² beta²), with the
            size D of a block (a Gaussian as high and with the same area as the interference function of a cube), the
            mosaicity eta, and the standard deviations delta and beta of the divergence and of the relative energy.
        """
        q = 1 / np.asarray(d_spacing, dtype=float)
        sine = np.clip(beam.wavelength_angstrom * q / 2, 0, 1)
        block, turn, band = self.width_parts(beam)
        width: NDArray[np.float64] = np.sqrt(block**2 + (q * turn) ** 2 * (1 - sine**2) + (q * sine * band) ** 2)
        return width

    @property
    def depth_mm(self) -> float:
        """Standard deviation along one direction of where in the crystal photons come from, as in a cube, mm."""
        return float(self.volume_um3 ** (1 / 3) / np.sqrt(12) * 1e-3)

    def width_parts(self, beam: DiffractionBeam) -> tuple[float, float, float]:
        """Return what points are wide by: the blocks (1/Å), turning (radians) and energies (a part), each as sigma."""
        fwhm = np.sqrt(8 * np.log(2))
        return (
            float(1 / (np.sqrt(2 * np.pi) * self.block_um * 1e4)),
            float(np.hypot(np.deg2rad(self.mosaicity_deg), beam.divergence_mrad * 1e-3 / fwhm)),
            float(beam.bandwidth / fwhm),
        )

    def largest_width(self, d_min: float, beam: DiffractionBeam) -> float:
        """Return a width, 1/Å, that :meth:`point_width` is not above for any reflection to ``d_min`` (Å)."""
        block, turn, band = self.width_parts(beam)
        return block + (turn + band) / d_min
