"""How many photons a reflection brings to a still image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ..beam import DiffractionBeam
from ..electron_radius import ELECTRON_RADIUS_ANGSTROM
from ..structure_factors import StructureFactors
from .prediction import StillReflections


def still_intensities(
    still: StillReflections,
    structure_factors: StructureFactors,
    beam: DiffractionBeam,
    *,
    crystal_volume_um3: float = 1e5,
    exposure_s: float = 0.1,
) -> NDArray[np.float64]:
    """Return the photons that the sensor stops of each reflection of a still, without absorption.

    Parameters
    ----------
    still : StillReflections
        Reflections of a still image.
    structure_factors : StructureFactors
        |F|² of the crystal, Friedel mates apart.
    beam : DiffractionBeam
        Flux and size.
    crystal_volume_um3 : float
        Volume of the crystal in the beam, µm³.
    exposure_s : float
        Exposure, s.

    Returns
    -------
    ndarray of float64, shape (reflection,)
        Photons; NaN where there is no structure factor.

    Notes
    -----
    N = J r_e² P lambda² (V_x / V_c²) |F|² g(e), with J the photons through unit area and the normalised density g of
    the point at the sphere. Turning it through the sphere, de = omega |m.(s1 x s0)| dt / lambda, gives Darwin's
    lambda³.
    """
    checked_number(crystal_volume_um3, "The volume of the crystal, µm³,", 0.0)
    checked_number(exposure_s, "The exposure, s,", 0.0)
    predicted = still.predicted
    scale = (
        beam.flux_per_um2_s
        * 1e-8
        * exposure_s
        * ELECTRON_RADIUS_ANGSTROM**2
        * predicted.wavelength_angstrom**2
        * (crystal_volume_um3 * 1e12 / predicted.lattice.volume_a3**2)
    )
    photons: NDArray[np.float64] = (
        scale
        * structure_factors.intensity_of(predicted.miller_index)
        * still.density
        * predicted.polarisation
        * predicted.efficiency
    )
    return photons
