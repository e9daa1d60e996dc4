"""Anomalous differences: what I(+) and I(-) of acentric reflections tell, as DIALS reports it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .merged import Merged

EXPECTED_DELTA = 0.9
"""Part of the normal probability plot that the slope is fitted in (iotbx.merging_statistics, DIALS)."""

SPLITS = 10
"""Random halves over which the anomalous correlation is averaged."""


@dataclass(frozen=True)
class AnomalousStatistics:
    """Figures of the anomalous signal; NaN where no acentric reflection has both I(+) and I(-).

    Parameters
    ----------
    completeness : float
        Acentric reflections with both I(+) and I(-), of all that the crystal has, 0 to 1.
    multiplicity : float
        Number of observations a reflection, with I(+) and I(-) taken as different ones.
    correlation : float
        Correlation of the differences I(+) - I(-) between random halves of the observations, unweighted (CC anom), the
        mean of ten splits.
    slope : float
        Of the normal probability plot of the differences over their errors, within 0.9 of its middle.
    signal : float
        dF/F, a fraction: the root of <(F(+) - F(-))²> over that of (<F(+)²> + <F(-)²>) / 2.
    difference_over_sigma : float
        dI/s(dI): mean of |I(+) - I(-)| over the mean of its error.
    pairs : int
        Acentric reflections with both.

    Notes
    -----
    Definitions are those of ``iotbx.merging_statistics`` and cctbx (``half_dataset_anomalous_correlation``,
    ``anomalous_probability_plot``, ``anomalous_signal``), which DIALS and xia2 print.
    """

    completeness: float
    multiplicity: float
    correlation: float
    slope: float
    signal: float
    difference_over_sigma: float
    pairs: int


def anomalous_statistics(
    group: NDArray[np.int64],
    plus: NDArray[np.bool_],
    centric: NDArray[np.bool_],
    intensity: NDArray[np.float64],
    sigma: NDArray[np.float64],
    possible: int,
    seed: int = 0,
) -> AnomalousStatistics:
    """Compute the figures of the anomalous signal.

    Parameters
    ----------
    group, plus, intensity, sigma : ndarray, shape (observation,)
        Number of the reflection, from 0, whether it is I(+), and what was observed.
    centric : ndarray of bool, shape (reflection,)
        Whether each reflection is centric; these have no anomalous difference.
    possible : int
        Acentric reflections that the crystal has at this resolution.
    seed : int
        Seed of the halves.
    """
    n = len(centric)
    mate = 2 * group + (~plus)
    merged = Merged.of(mate, intensity, sigma, 2 * n)
    seen = int((merged.observations > 0).sum())
    both = (merged.observations.reshape(n, 2) > 0).all(axis=1) & ~centric
    pairs = int(both.sum())
    multiplicity = len(group) / seen if seen else np.nan
    # Of groups that lie in this shell alone; where the crystal has none, nothing is complete.
    completeness = min(pairs / possible, 1.0) if possible else np.nan
    if not pairs:
        return AnomalousStatistics(completeness, multiplicity, np.nan, np.nan, np.nan, np.nan, 0)
    mean, error = merged.intensity.reshape(n, 2)[both], merged.sigma.reshape(n, 2)[both]
    difference, spread = mean[:, 0] - mean[:, 1], np.hypot(error[:, 0], error[:, 1])
    positive = (mean > 0).all(axis=1)
    amplitude = np.sqrt(mean[positive])
    signal = np.nan
    if positive.any():
        squares = np.mean(np.square(amplitude[:, 0] - amplitude[:, 1]))
        signal = float(np.sqrt(2 * squares / np.mean(np.square(amplitude).sum(axis=1))))
    return AnomalousStatistics(
        completeness,
        multiplicity,
        _half_correlation(mate, intensity, both, seed),
        _probability_slope(difference / spread),
        signal,
        float(np.abs(difference).mean() / spread.mean()),
        pairs,
    )


def _half_correlation(
    mate: NDArray[np.int64], intensity: NDArray[np.float64], both: NDArray[np.bool_], seed: int
) -> float:
    """Mean over random splits of the correlation of anomalous differences between halves."""
    n = len(both)
    # Only mates seen twice can be split; the observations of each are dealt out in turn, in random order.
    count = np.bincount(mate, minlength=2 * n)
    splittable = both & (count.reshape(n, 2) > 1).all(axis=1)
    if splittable.sum() < 3:
        return float("nan")
    rows = np.flatnonzero(splittable[mate // 2])
    own, values = mate[rows], intensity[rows]
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SPLITS):
        order = np.lexsort((rng.random(len(rows)), own))
        first = np.r_[0, np.flatnonzero(np.diff(own[order])) + 1]
        lengths = np.diff(np.r_[first, len(rows)])
        place = np.arange(len(rows)) - np.repeat(first, lengths)
        # An odd one out goes to either half by chance.
        half = (place + np.repeat(rng.integers(0, 2, len(first)), lengths)) % 2
        one = 2 * own[order] + half
        total = np.bincount(one, values[order], 4 * n).reshape(n, 2, 2)[splittable]
        number = np.bincount(one, minlength=4 * n).reshape(n, 2, 2)[splittable]
        mean = total / number
        differences = mean[:, 0] - mean[:, 1]
        found.append(_correlation(differences[:, 0], differences[:, 1]))
    return float(np.mean(found))


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    one, other = one - one.mean(), other - other.mean()
    scale = np.sqrt(np.sum(one**2) * np.sum(other**2))
    return float(np.sum(one * other) / scale) if scale > 0 else float("nan")


def _probability_slope(normalised: NDArray[np.float64]) -> float:
    """Slope of a normal probability plot in its middle."""
    from scipy.stats import norm

    n = len(normalised)
    expected = norm.ppf((np.arange(n) + 0.5) / n)
    middle = np.abs(expected) < EXPECTED_DELTA
    if middle.sum() < 2:
        return float("nan")
    return float(np.polyfit(expected[middle], np.sort(normalised)[middle], 1)[0])
