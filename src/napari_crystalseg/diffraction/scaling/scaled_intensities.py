"""Scaled intensities: what :func:`~.scale_intensities.scale_intensities` makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..merging.unmerged_intensities import UnmergedIntensities
from .error_model import ErrorModel


@dataclass(frozen=True, eq=False)
class ScaledIntensities:
    """Intensities after scaling, with errors by the error model.

    Parameters
    ----------
    unmerged : UnmergedIntensities
        Scaled; NaN in rows that were not used and in outliers.
    inverse_scale : ndarray of float64, shape (observation,)
        What the intensities were divided by; NaN where a row was not used.
    surface : ndarray of float64, shape (observation,), or None
        The part of it that is the empirical absorption surface.
    error_model : ErrorModel
        How errors were enlarged.
    outliers : int
        Observations more than six errors off the others of their reflection, left out.
    cycles : int
        Cycles of minimisation.
    parameters : int
        Parameters that were fitted.
    """

    unmerged: UnmergedIntensities
    inverse_scale: NDArray[np.float64]
    surface: NDArray[np.float64] | None
    error_model: ErrorModel
    outliers: int
    cycles: int
    parameters: int

    def to_dict(self) -> dict[str, Any]:
        """Return what was found, JSON-ready."""
        return {
            "error_model": {"a": self.error_model.a, "b": self.error_model.b},
            "outliers": self.outliers,
            "cycles": self.cycles,
            "parameters": self.parameters,
        }
