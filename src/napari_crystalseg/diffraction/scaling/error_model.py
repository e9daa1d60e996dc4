"""Error model: errors of intensities that explain how much equivalents differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FEWEST = 50
_OUTLYING = 6.0
_ROUNDS = 20


@dataclass(frozen=True)
class ErrorModel:
    """sigma'² = a² (sigma² + (b I)²), the basic error model of dials.scale.

    Parameters
    ----------
    a : float
        Factor of all errors.
    b : float
        Part of an intensity that is its error whatever was counted: what scaling left wrong.
    """

    a: float
    b: float

    def sigma(self, sigma: NDArray[np.float64], intensity: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the errors by the model; intensities are those expected, so that weak ones do not gain by chance."""
        return np.asarray(self.a * np.sqrt(np.square(sigma) + np.square(self.b * intensity)))

    @classmethod
    def fitted(cls, group: NDArray[np.int64], intensity: NDArray[np.float64], sigma: NDArray[np.float64]) -> ErrorModel:
        """Fit the model to the squares of the deviations from the means of the reflections.

        The square of a deviation, over the part of its variance that the mean leaves, has the model as its mean and
        twice its square as variance; it is fitted by least squares with these weights, again and again, without what
        lies more than six errors off. Errors are never made smaller than half of what was stated.

        Parameters
        ----------
        group : ndarray of int64, shape (observation,)
            Number of the reflection that each is of.
        intensity, sigma : ndarray, shape (observation,)
            Scaled intensities and their errors.
        """
        from scipy.optimize import nnls

        n = int(group.max(initial=-1)) + 1
        several = (np.bincount(group, minlength=n) > 1)[group]
        if several.sum() < _FEWEST:
            return cls(1.0, 0.0)
        group, intensity, sigma = group[several], intensity[several], sigma[several]
        variance = np.square(sigma)
        a2, c2 = 1.0, 0.02**2
        for _ in range(_ROUNDS):
            model = a2 * variance + c2 * np.square(_expected(group, intensity, variance, n))
            weight = 1 / model
            total = np.bincount(group, weight, n)[group]
            mean = (np.bincount(group, weight * intensity, n) / np.maximum(np.bincount(group, weight, n), 1e-300))[
                group
            ]
            square = np.square(intensity - mean) / np.maximum(1 - weight / total, 1e-6)
            kept = square < _OUTLYING**2 * model
            # Both columns in units of the model, so that all rows weigh alike.
            columns = np.stack([variance, np.square(np.maximum(mean, 0))], axis=1)[kept] / model[kept, np.newaxis]
            found, _ = nnls(columns, square[kept] / model[kept])
            new = max(float(found[0]), 0.25), float(found[1])
            if np.allclose(new, (a2, c2), rtol=1e-4, atol=1e-10):
                break
            a2, c2 = new
        return cls(float(np.sqrt(a2)), float(np.sqrt(c2 / a2)))


def _expected(
    group: NDArray[np.int64], intensity: NDArray[np.float64], variance: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Mean of the reflection that each observation is of, none below zero."""
    total = np.bincount(group, 1 / variance, n)
    mean = np.bincount(group, intensity / variance, n) / np.maximum(total, 1e-300)
    return np.maximum(mean, 0)[group]
