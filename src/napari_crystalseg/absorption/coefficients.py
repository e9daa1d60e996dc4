"""Linear attenuation coefficients of the materials of a sample."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Material


@dataclass(frozen=True)
class Coefficients:
    """Linear attenuation coefficient of each material at the wavelength of the diffraction experiment, 1/µm.

    Parameters
    ----------
    liquor, loop, crystal : float
        Coefficients of mother liquor, mount and crystal, 1/µm (0.02 is typical at 4 Å, 0.0002 at 1 Å).
    other : float
        Coefficient of class 4 (bubble, salt, dust), 1/µm; 0 for gas.

    Raises
    ------
    InputError
        Negative, not finite, or above 1/µm (such values are in 1/mm).
    """

    liquor: float
    loop: float
    crystal: float
    other: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            try:
                number = float(value)
            except (TypeError, ValueError):
                raise InputError(f"The attenuation coefficient of {name} must be a number, not {value!r}.") from None
            if not math.isfinite(number) or number < 0:
                raise InputError(f"The attenuation coefficient of {name} must be zero or positive, not {number}.")
            if number > 1:
                raise InputError(
                    f"The attenuation coefficient of {name} is {number:g} 1/µm, which nothing here reaches. "
                    f"Coefficients are in 1/µm; if it was in 1/mm, give {number / 1000:g}."
                )
            object.__setattr__(self, name, number)

    def array(self) -> NDArray[np.float64]:
        """Return the coefficients indexed by the code of :class:`~napari_crystalseg.labels.Material`, air being 0."""
        mu = np.zeros(len(Material))
        for material in Material:
            if material is not Material.AIR:
                mu[material] = getattr(self, material.title)
        return mu

    def to_dict(self) -> dict[str, float]:
        """Return name and value of each coefficient, 1/µm."""
        return asdict(self)
