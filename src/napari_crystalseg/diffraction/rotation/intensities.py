"""How many photons a reflection brings to the detector: Darwin's formula."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ..beam import DiffractionBeam
from ..electron_radius import ELECTRON_RADIUS_ANGSTROM
from ..structure_factors import StructureFactors
from .predicted import PredictedReflections


def kinematic_intensities(
    predicted: PredictedReflections,
    structure_factors: StructureFactors,
    beam: DiffractionBeam,
    *,
    crystal_volume_um3: float = 1e5,
    degrees_per_s: float = 1.0,
) -> NDArray[np.float64]:
    """Return the photons that the sensor stops of each whole reflection of a rotation scan, without absorption.

    Parameters
    ----------
    predicted : PredictedReflections
        Reflections of a rotation scan.
    structure_factors : StructureFactors
        |F|² of the crystal, Friedel mates apart.
    beam : DiffractionBeam
        Flux and size.
    crystal_volume_um3 : float
        Volume of the crystal in the beam, µm³.
    degrees_per_s : float
        Speed of the rotation.

    Returns
    -------
    ndarray of float64, shape (reflection,)
        Photons; NaN where there is no structure factor.

    Notes
    -----
    N = (J / omega) r_e² P lambda³ (V_x / V_c²) |F|² L (Darwin 1914), with J the photons through unit area in unit time,
    omega in radians, L the Lorentz factor; times the efficiency of the sensor. So N / (lorentz polarisation
    efficiency) goes with |F|².
    """
    checked_number(crystal_volume_um3, "The volume of the crystal, µm³,", 0.0)
    checked_number(degrees_per_s, "The speed of the rotation, degrees/s,", 1e-9)
    fluence = beam.flux_per_um2_s * 1e-8 / np.deg2rad(degrees_per_s)
    scale = (
        fluence
        * ELECTRON_RADIUS_ANGSTROM**2
        * predicted.wavelength_angstrom**3
        * (crystal_volume_um3 * 1e12 / predicted.lattice.volume_a3**2)
    )
    photons: NDArray[np.float64] = (
        scale
        * structure_factors.intensity_of(predicted.miller_index)
        * predicted.lorentz
        * predicted.polarisation
        * predicted.efficiency
    )
    return photons
