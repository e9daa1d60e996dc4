"""What a µm of each material counts in a line integral."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...labels import Material
from ...wavelength import wavelength_um
from ..optics import Optics
from ..substances.refractive_index import RefractiveIndex


def line_integral_values(
    indices: Mapping[Material, RefractiveIndex],
    harmonic_indices: Mapping[Material, RefractiveIndex] | None,
    optics: Optics,
) -> NDArray[np.float64]:
    """What a µm of each material counts: kβ, kδ, and with a third harmonic its attenuation, shape (4, channel)."""
    wavenumber = 2 * np.pi / wavelength_um(optics.energy_kev)
    none = RefractiveIndex(0.0, 0.0)
    values = np.zeros((4, 3 if optics.third_harmonic > 0 else 2))
    for material in list(Material)[1:]:
        index = indices.get(material, none)
        values[material - 1, :2] = wavenumber * index.beta, wavenumber * index.delta
        if optics.third_harmonic > 0 and harmonic_indices is not None:
            # |exp(-3kB)|² = exp(-2·3kB)
            values[material - 1, 2] = 6 * wavenumber * harmonic_indices.get(material, none).beta
    return values
