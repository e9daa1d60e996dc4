"""Comparison of two sets of absorption factors of the same reflections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..factors import Factors

LEAST_SPREAD = 1e-9
"""Standard deviation over mean below which A is called constant: no more than rounding."""


@dataclass(frozen=True, eq=False)
class FactorComparison:
    """Absorption factors of the same reflections from two descriptions of a sample.

    Parameters
    ----------
    first, second : Factors
        The reference, and what is held against it, in the same row order.

    Raises
    ------
    InputError
        Another number of reflections, other Miller indices, or no reflection that has both factors.
    """

    first: Factors
    second: Factors

    def __post_init__(self) -> None:
        if len(self.first) != len(self.second):
            raise InputError(
                f"There are {len(self.first)} and {len(self.second)} absorption factors; compare those of the same "
                "reflections."
            )
        one, other = self.first.miller_index, self.second.miller_index
        if one is not None and other is not None and not np.array_equal(one, other):
            raise InputError("The Miller indices of the two differ; compare factors of the same reflection table.")
        if not self.compared.any():
            raise InputError("No reflection has an absorption factor from both, so there is nothing to compare.")

    @property
    def compared(self) -> NDArray[np.bool_]:
        """Which rows have both factors, the first above zero, shape (reflection,)."""
        return np.isfinite(self.first.absorption) & np.isfinite(self.second.absorption) & (self.first.absorption > 0)

    @property
    def difference(self) -> NDArray[np.float64]:
        """Second less first, shape (reflection,); NaN where not compared."""
        return np.where(self.compared, self.second.absorption - self.first.absorption, np.nan)

    @property
    def relative_difference(self) -> NDArray[np.float64]:
        """(second - first) / first, shape (reflection,); NaN where not compared."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.difference / self.first.absorption

    @property
    def common_scale(self) -> float | None:
        """Factor by which the second comes nearest to the first, by the sum of squared relative differences.

        The sum of (s r - 1)², r being second over first, is least at s = sum(r) / sum(r²). Scaling of the intensities
        takes such a factor out. None where the second is 0 throughout.
        """
        ratio = self.second.absorption[self.compared] / self.first.absorption[self.compared]
        return float(ratio.sum() / np.square(ratio).sum()) if ratio.any() else None

    @property
    def correlation(self) -> float | None:
        """Pearson's correlation of the factors; None where either does not vary, as it is 0 / 0 then."""
        one, other = (factors.absorption[self.compared] for factors in (self.first, self.second))
        if any(values.std() <= LEAST_SPREAD * max(values.mean(), LEAST_SPREAD) for values in (one, other)):
            return None
        return float(np.clip(np.corrcoef(one, other)[0, 1], -1, 1))

    def statistics(self) -> dict[str, Any]:
        """Return how the factors differ, as JSON-ready values.

        Returns
        -------
        dict
            ``reflections``, ``compared``: rows, and those with both factors;
            ``mean_a``, ``mean_b``, ``spread_a``, ``spread_b``: mean and standard deviation of A;
            ``mean_relative_difference``: signed; ``mean_absolute_relative_difference``;
            ``max_relative_difference``: largest of either sign, as a magnitude;
            ``rms_relative_difference``; ``rms_difference``: of A itself;
            ``rms_relative_difference_after_scaling``: what is left when the second is divided by its mean ratio to the
            first; a factor common to all reflections does nothing to scaled intensities, so this is what matters;
            ``common_scale``, ``mean_absolute_relative_difference_after_scale`` and
            ``max_relative_difference_after_scale``: :attr:`common_scale`, and what is left when the second is
            multiplied with it;
            ``rms_relative_sampling_error``: what the sampling of crystal voxels alone adds, from the standard errors;
            ``correlation``: None where A does not vary.
        """
        rows = self.compared
        one, other = self.first.absorption[rows], self.second.absorption[rows]
        ratio = other / one
        relative = ratio - 1
        error = np.hypot(self.first.standard_error[rows], self.second.standard_error[rows]) / one
        scale = self.common_scale
        left = None if scale is None else np.abs(scale * ratio - 1)
        return {
            "reflections": len(rows),
            "compared": int(rows.sum()),
            "mean_a": float(one.mean()),
            "mean_b": float(other.mean()),
            "spread_a": float(one.std()),
            "spread_b": float(other.std()),
            "mean_relative_difference": float(relative.mean()),
            "mean_absolute_relative_difference": float(np.abs(relative).mean()),
            "max_relative_difference": float(np.abs(relative).max()),
            "rms_relative_difference": _rms(relative),
            "rms_difference": _rms(other - one),
            "rms_relative_difference_after_scaling": _rms(ratio / ratio.mean() - 1) if ratio.any() else None,
            "common_scale": scale,
            "mean_absolute_relative_difference_after_scale": None if left is None else float(left.mean()),
            "max_relative_difference_after_scale": None if left is None else float(left.max()),
            "rms_relative_sampling_error": _rms(error),
            "correlation": self.correlation,
        }

    def histograms(self, bins: int = 40) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Count the compared reflections of both by A, in the same bins.

        Returns
        -------
        edges : ndarray of float64, shape (bins + 1,)
            From the smallest to the largest A of both.
        first, second : ndarray of int64, shape (bins,)
            Reflections in each bin.

        Raises
        ------
        InputError
            Fewer than one bin.
        """
        if bins < 1:
            raise InputError(f"A histogram needs at least one bin, not {bins}.")
        both = [factors.absorption[self.compared] for factors in (self.first, self.second)]
        low, high = min(a.min() for a in both), max(a.max() for a in both)
        if high - low < 1e-6:  # all the same: bins of a width that can be drawn
            low, high = low - 5e-4, high + 5e-4
        edges = np.linspace(low, high, bins + 1)
        counts = [np.histogram(a, bins=edges)[0].astype(np.int64) for a in both]
        return edges, counts[0], counts[1]


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))
