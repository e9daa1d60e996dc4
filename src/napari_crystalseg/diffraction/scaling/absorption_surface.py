"""Absorption surface: spherical harmonics over the directions of both beams in the crystal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...spherical_harmonics import real_spherical_harmonics


@dataclass(frozen=True)
class AbsorptionLevel:
    """How much an empirical absorption correction may do.

    Parameters
    ----------
    highest_degree : int
        Highest degree l of the harmonics.
    restraint : float
        Weight of the square of each coefficient beside the weighted squares of the residuals.
    """

    highest_degree: int
    restraint: float


LEVELS = {
    "low": AbsorptionLevel(4, 5e5),
    "medium": AbsorptionLevel(6, 5e4),
    "high": AbsorptionLevel(6, 5e3),
}
"""Those of ``absorption_level`` of dials.scale 3.12, meant for about 1, 5 and more than 25 % of relative absorption."""


def level_named(name: str) -> AbsorptionLevel:
    """Return a level by its name.

    Raises
    ------
    InputError
        There is none of that name.
    """
    try:
        return LEVELS[name]
    except KeyError:
        raise InputError(f"There is no absorption level '{name}'; known are {', '.join(LEVELS)}.") from None


def surface_basis(
    incident: NDArray[np.float64], leaving: NDArray[np.float64], highest_degree: int
) -> NDArray[np.float64]:
    """Return what a coefficient of each harmonic adds to the surface: (Y_lm(incident) + Y_lm(leaving)) / 2.

    Parameters
    ----------
    incident, leaving : ndarray, shape (observation, 3)
        Unit vectors in the crystal, towards the source and along the scattered beam.
    highest_degree : int
        Highest degree l.

    Returns
    -------
    ndarray of float64, shape (observation, (l + 1)² - 1)
        Without l = 0, which is the scale. The surface is 1 + basis @ coefficients, as in dials.scale.
    """
    both = real_spherical_harmonics(incident, highest_degree) + real_spherical_harmonics(leaving, highest_degree)
    return np.asarray(both[:, 1:] / 2)
