"""Agreement of merged intensities with true ones, which a simulation knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .merged import Merged
from .unmerged_intensities import UnmergedIntensities

_SHELLS = 20


@dataclass(frozen=True)
class Agreement:
    """How near merged intensities are to the true ones.

    Parameters
    ----------
    r_true : float
        A ratio: sum of |<I> - k I_true| over the sum of <I>, I(+) and I(-) apart, with one k in each of 20 shells of
        resolution, as neither scale nor B is known.
    anomalous_correlation : float
        Correlation of the differences <I(+)> - <I(-)> with the true ones; NaN where there are none.
    """

    r_true: float
    anomalous_correlation: float


def agreement_with(unmerged: UnmergedIntensities, true: NDArray[np.float64]) -> Agreement:
    """Hold merged intensities against the true ones.

    Parameters
    ----------
    unmerged : UnmergedIntensities
        Observations.
    true : ndarray, shape (observation,)
        True intensity of the reflection that each is of, in any unit.
    """
    groups = unmerged.equivalents
    rows = np.flatnonzero(unmerged.used & np.isfinite(true))
    n = len(groups.miller_index)
    mate = 2 * groups.group[rows] + ~groups.plus[rows]
    merged = Merged.of(mate, unmerged.intensity[rows], unmerged.sigma[rows], 2 * n)
    truth = np.full(2 * n, np.nan)
    truth[mate] = true[rows]
    seen = np.flatnonzero(merged.observations > 0)
    spacing = groups.resolution[seen // 2]
    edges = np.quantile(1 / spacing, np.linspace(0, 1, _SHELLS + 1)[1:-1])
    shell = np.searchsorted(edges, 1 / spacing)
    weight = 1 / np.square(merged.sigma[seen])
    found, expected = merged.intensity[seen], truth[seen]
    scale = np.bincount(shell, weight * found * expected, _SHELLS) / np.maximum(
        np.bincount(shell, weight * expected * expected, _SHELLS), 1e-300
    )
    fitted = np.full(2 * n, np.nan)
    fitted[seen] = scale[shell] * expected
    r_true = float(np.abs(found - fitted[seen]).sum() / found.sum())
    both = (merged.observations.reshape(n, 2) > 0).all(axis=1) & ~groups.centric
    differences = np.diff(merged.intensity.reshape(n, 2)[both], axis=1)[:, 0]
    true_ones = np.diff(fitted.reshape(n, 2)[both], axis=1)[:, 0]
    correlation = np.nan
    if both.sum() > 2 and differences.std() > 0 and true_ones.std() > 0:
        correlation = float(np.corrcoef(differences, true_ones)[0, 1])
    return Agreement(r_true, correlation)
