"""Whether a reflection table and an experiment belong together: the scattered vectors of both, compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError

REFUSED_DEG = 1.0
"""Difference above which a reflection and the models do not belong together."""
DOUBTFUL_DEG = 0.1
MOST_WRONG = 0.03
"""Share of the reflections that may contradict the models: more, and the files do not belong together."""


@dataclass(frozen=True)
class GeometryCheck:
    """How far the table's scattered vectors are from those that the models predict.

    Parameters
    ----------
    compared : int
        Reflections compared: indexed, with a position on a panel that the experiment has.
    median_deg, largest_deg : float
        Angles between the two; NaN where nothing could be compared.
    far_off : int
        Reflections whose angle is above one degree.
    """

    compared: int
    median_deg: float
    largest_deg: float
    far_off: int = 0

    @classmethod
    def of(cls, angles_deg: NDArray[np.float64]) -> GeometryCheck:
        """Judge the angles between the vectors of table and models, one a reflection; those that are NaN are left out.

        Raises
        ------
        InputError
            More than a few reflections are off by more than a degree: the files do not belong together.
        """
        angles = angles_deg[np.isfinite(angles_deg)]
        if not angles.size:
            return cls(0, np.nan, np.nan)
        far_off = int(np.count_nonzero(angles > REFUSED_DEG))
        check = cls(len(angles), float(np.median(angles)), float(angles.max()), far_off)
        if far_off > MOST_WRONG * len(angles):
            raise InputError(
                f"The scattered vectors of {far_off} of {len(angles)} reflections differ by more than {REFUSED_DEG:g}° "
                f"({check.median_deg:.3g}° in the median of all) from those of the experiment's detector and beam: the "
                "files do not belong together. Give the .expt and .refl of the same step."
            )
        return check

    @property
    def doubtful(self) -> bool:
        """Whether the user should look at the geometry."""
        return self.compared > 0 and (self.median_deg > DOUBTFUL_DEG or self.far_off > 0)

    def sentence(self) -> str:
        """Say what was found."""
        if not self.compared:
            return "The scattered vectors could not be checked: the files give no positions on a detector."
        text = (
            f"Scattered vectors of the table and of the models differ by {self.median_deg:.2g}° in the median, "
            f"{self.largest_deg:.2g}° at most ({self.compared} reflections)"
        )
        text += f", {self.far_off} by more than {REFUSED_DEG:g}°." if self.far_off else "."
        return text + (" Give the .expt and .refl files of the same step." if self.doubtful else "")
