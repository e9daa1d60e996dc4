"""How much a molecule of a liquid or a gas scatters, over the scattering vector q = 4 pi sin(theta) / lambda."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

_TABLE_Q = np.linspace(0.0, 25.0, 501)

# Peaks of the structure factor of water at room temperature: position, height, width (1/Å).
_WATER_PEAKS = ((2.0, 0.52, 0.30), (2.95, 0.42, 0.42), (4.0, -0.16, 0.45), (4.9, 0.10, 0.55))
# Part of the scattering of free molecules that is left at q = 0, by the compressibility, and where it comes back.
_WATER_FORWARD, _WATER_RISE = 0.065, 1.55

_WATER_BOND, _NITROGEN_BOND = 0.957, 1.098


def water(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scattering of a molecule of liquid water, electrons squared.

    Parameters
    ----------
    q : ndarray, any shape
        Scattering vector, 1/Å.

    Returns
    -------
    ndarray of float64, shape of ``q``
        f² S + Compton: S has its two peaks at 2.0 and 3.0 1/Å, as measured curves have (Sorenson et al. 2000, J. Chem.
        Phys. 113, 9149), to about a tenth.
    """
    structure = 1 - (1 - _WATER_FORWARD) * np.exp(-((_TABLE_Q / _WATER_RISE) ** 4))
    for position, height, width in _WATER_PEAKS:
        structure = structure + height * np.exp(-(((_TABLE_Q - position) / width) ** 2) / 2)
    # Hydrogens at 0.957 A from the oxygen, turned every way: ten electrons at q = 0.
    form = (_form_factor(8) + 2 * _form_factor(1) * np.sinc(_WATER_BOND * _TABLE_Q / np.pi)) ** 2
    return np.interp(q, _TABLE_Q, form * structure + _compton((8, 1, 1)))


def air(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scattering of a molecule of nitrogen, which stands for air, electrons squared, as :func:`water`."""
    pair = 2 * _form_factor(7) ** 2 * (1 + np.sinc(_NITROGEN_BOND * _TABLE_Q / np.pi))
    return np.interp(q, _TABLE_Q, pair + _compton((7, 7)))


def polymer(q: NDArray[np.float64], peaks: Sequence[tuple[float, float, float]]) -> NDArray[np.float64]:
    """Return the scattering of a CH2 group of a plastic, electrons squared.

    Parameters
    ----------
    q : ndarray, any shape
        Scattering vector, 1/Å.
    peaks : sequence of (float, float, float)
        Position (1/Å), height (electrons squared) and standard deviation (1/Å) of each halo or ring.

    Returns
    -------
    ndarray of float64, shape of ``q``
    """
    free = _form_factor(6) ** 2 + 2 * _form_factor(1) ** 2
    curve = free * (1 - 0.9 * np.exp(-((_TABLE_Q / 0.9) ** 2))) + _compton((6, 1, 1))
    result: NDArray[np.float64] = np.interp(q, _TABLE_Q, curve)
    for position, height, width in peaks:
        result = result + height * np.exp(-(((q - position) / width) ** 2) / 2)
    return result


@cache
def _form_factor(number: int) -> NDArray[np.float64]:
    import xraylib

    return np.array([xraylib.FF_Rayl(number, one) for one in _TABLE_Q / (4 * np.pi)])


@cache
def _compton(numbers: tuple[int, ...]) -> NDArray[np.float64]:
    """What free atoms scatter incoherently."""
    import xraylib

    total = np.zeros_like(_TABLE_Q)
    for number in numbers:
        # The table begins above 0, where nothing is scattered so.
        total[1:] += [xraylib.SF_Compt(number, one) for one in _TABLE_Q[1:] / (4 * np.pi)]
    return total
