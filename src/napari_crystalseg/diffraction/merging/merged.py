"""Merged intensities: the weighted mean over the observations of a reflection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Merged:
    """Mean intensity of each reflection.

    Parameters
    ----------
    intensity, sigma : ndarray of float64, shape (reflection,)
        Mean weighted with 1/sigma², and its standard error, 1 over the root of the sum of the weights. NaN where there
        is no observation.
    observations : ndarray of int64, shape (reflection,)
        How many.
    """

    intensity: NDArray[np.float64]
    sigma: NDArray[np.float64]
    observations: NDArray[np.int64]

    @classmethod
    def of(
        cls, group: NDArray[np.int64], intensity: NDArray[np.float64], sigma: NDArray[np.float64], groups: int
    ) -> Merged:
        """Merge observations by the number of their group, each from 0 below ``groups``."""
        weight = 1 / np.square(sigma)
        total = np.bincount(group, weight, groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.bincount(group, weight * intensity, groups) / total
            error = 1 / np.sqrt(total)
        error[total == 0] = np.nan
        return cls(mean, error, np.bincount(group, minlength=groups))
