"""Observation: intensities of a scan as a detector would count them, with the absorption of a sample in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number
from ...diffraction.merging.unmerged_intensities import UnmergedIntensities
from .quality_scan import QualityScan

I_OVER_SIGMA = 25.0
"""Mean of the merged intensity over its error, overall: as good data sets at long wavelengths have it."""

# Above, counts are as good as normally distributed.
_FEW_PHOTONS = 10.0


@dataclass(frozen=True)
class Noise:
    """What spoils simulated intensities besides absorption.

    Parameters
    ----------
    i_over_sigma : float
        Mean ratio of merged intensities to their errors that counting alone would give, overall; it sets the photons.
    background : float
        Photons of background under a reflection, as a part of the mean photons of a reflection.
    instrument_error : float
        Standard deviation of what an instrument does to each intensity, as a part of it; no error states it.
    seed : int
        Of the noise.

    Raises
    ------
    InputError
        Numbers out of their range.
    """

    i_over_sigma: float = I_OVER_SIGMA
    background: float = 0.5
    instrument_error: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        checked_number(self.i_over_sigma, "The ratio of intensities to their errors", 0.5, 1000.0)
        checked_number(self.background, "The background, as a part of the mean intensity,", 0.0, 1000.0)
        checked_number(self.instrument_error, "The error of the instrument, as a part of an intensity,", 0.0, 1.0)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values."""
        return {
            "i_over_sigma": self.i_over_sigma,
            "background": self.background,
            "instrument_error": self.instrument_error,
            "seed": self.seed,
        }


def observed(scan: QualityScan, absorption: NDArray[np.float64], noise: Noise) -> UnmergedIntensities:
    """Count a scan of a sample.

    Parameters
    ----------
    scan : QualityScan
        True intensities, and photons for a unit of each.
    absorption : ndarray, shape (observation,)
        Absorption factor A of each; NaN where there is none.
    noise : Noise
        Counting, background and instrument. The same seed draws the same deviates, whatever A is.

    Returns
    -------
    UnmergedIntensities
        Photons over photons for a unit of intensity, with errors of counting.
    """
    rng = np.random.default_rng(noise.seed)
    relative = rng.normal(size=len(scan)) * noise.instrument_error
    deviates = rng.normal(size=len(scan))
    unit = scan.photons * absorption
    with np.errstate(invalid="ignore"):
        known = np.isfinite(unit * scan.true_intensity) & (unit > 0) & (scan.equivalents.group >= 0)
    signal = np.where(known, unit * scan.true_intensity, 0.0)
    mean = signal[known].mean()
    group = scan.equivalents.group[known]

    def merged_ratio(scale: float) -> float:
        """Mean of <I> over its error if every reflection were counted with so many photons."""
        variance = scale * signal[known] + scale * mean * noise.background
        weight = np.bincount(group, np.square(scale * unit[known]) / variance)
        total = np.bincount(group, np.square(scale * unit[known]) / variance * scan.true_intensity[known])
        seen = weight > 0
        return float(np.mean(total[seen] / np.sqrt(weight[seen])))

    # It grows with the root of the photons.
    scale = (noise.i_over_sigma / merged_ratio(1.0)) ** 2
    expected = scale * signal
    under = scale * mean * noise.background
    counted = _counted(np.maximum(expected * (1 + relative) + under, 0), deviates)
    with np.errstate(invalid="ignore", divide="ignore"):
        intensity = np.where(known, (counted - under) / (scale * scan.photons), np.nan)
        sigma = np.where(known, np.sqrt(np.maximum(counted, 1)) / (scale * scan.photons), np.nan)
    return UnmergedIntensities(scan.equivalents, intensity, sigma)


def _counted(mean: NDArray[np.float64], deviates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Counts by Poisson's statistics, drawn with given normal deviates: a little more absorption draws the same noise.

    A few photons are counted by the quantile of the deviate, for which a normal distribution would count too few.
    """
    from scipy.special import ndtr
    from scipy.stats import poisson

    counted = np.maximum(np.rint(mean + np.sqrt(mean) * deviates), 0)
    few = mean < _FEW_PHOTONS
    counted[few] = np.where(mean[few] > 0, poisson.ppf(ndtr(deviates[few]), mean[few]), 0)
    return np.asarray(counted)
