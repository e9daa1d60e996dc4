"""Merging statistics: how well observations of one reflection agree, overall and in shells of resolution."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .anomalous import AnomalousStatistics, anomalous_statistics
from .equivalents import Equivalents
from .merged import Merged
from .unmerged_intensities import UnmergedIntensities

SHELLS = 20
"""Shells of resolution, as DIALS and xia2 have them."""


@dataclass(frozen=True)
class ShellStatistics:
    """Figures of the observations within limits of resolution.

    Parameters
    ----------
    d_max, d_min : float
        Resolution limits, Å.
    observations, unique : int
        Observations, and the unique reflections that they are of (Friedel mates together).
    completeness : float
        Unique reflections seen, of all that the crystal has between the limits, 0 to 1.
    multiplicity : float
        Number of observations a unique reflection.
    i_over_sigma : float
        Mean ratio, over the reflections, of the merged intensity to its error, 1 over the root of the sum of 1/sigma².
    r_merge, r_meas, r_pim : float
        A ratio: sum over reflections of f(n) sum |I - <I>|, over the sum of I, where there are n > 1 observations. <I>
        is the mean weighted with 1/sigma², f is 1, sqrt(n / (n - 1)) and sqrt(1 / (n - 1)) (Diederichs & Karplus 1997;
        Weiss 2001). Friedel mates are taken as equal; NaN where no reflection was seen twice.
    r_meas_within : float
        R_meas, a ratio, with I(+) and I(-) taken apart.
    cc_half : float
        CC1/2, a correlation, from the variance of the means and within reflections (sigma-tau; Assmann, Brehm &
        Diederichs 2016), which needs no random halves.
    anomalous : AnomalousStatistics
        Figures of the anomalous signal.
    """

    d_max: float
    d_min: float
    observations: int
    unique: int
    completeness: float
    multiplicity: float
    i_over_sigma: float
    r_merge: float
    r_meas: float
    r_pim: float
    r_meas_within: float
    cc_half: float
    anomalous: AnomalousStatistics

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values; those that are not known are None."""
        record = asdict(self)
        record["anomalous"] = {name: _known(value) for name, value in record["anomalous"].items()}
        return {name: value if name == "anomalous" else _known(value) for name, value in record.items()}


@dataclass(frozen=True)
class MergingStatistics:
    """Figures of all observations, and of shells of equal volume in reciprocal space from low to high resolution."""

    overall: ShellStatistics
    shells: tuple[ShellStatistics, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        return {"overall": self.overall.to_dict(), "shells": [shell.to_dict() for shell in self.shells]}


def merging_statistics(
    unmerged: UnmergedIntensities, *, shells: int = SHELLS, d_min: float | None = None, seed: int = 0
) -> MergingStatistics:
    """Compute merging statistics as DIALS, xia2 and ``iotbx.merging_statistics`` define them.

    R factors and CC1/2 are gemmi's (``Intensities.calculate_merging_stats``).

    Parameters
    ----------
    unmerged : UnmergedIntensities
        Observations with their errors.
    shells : int
        Shells of resolution, of equal volume.
    d_min : float, optional
        Leave out what lies beyond this resolution, Å.
    seed : int
        Seed of the halves of the anomalous correlation.

    Raises
    ------
    InputError
        Fewer than one shell, or no observation within the limit.
    """
    if shells < 1:
        raise InputError(f"Statistics need at least one shell of resolution, not {shells}.")
    groups = unmerged.equivalents
    rows = unmerged.used
    if d_min is not None:
        rows &= groups.resolution[groups.group] >= d_min
    if not rows.any():
        raise InputError(f"No reflection lies within {d_min:g} Å, so that there is nothing to merge.")
    at = np.flatnonzero(rows)
    spacing = groups.resolution[groups.group[at]]
    low, high = float(spacing.max()), float(spacing.min())
    possible_d, possible_centric = groups.complete(high, low)
    edges = np.linspace(low**-3, high**-3, shells + 1)
    # What lies on the outermost edges belongs to the shells within them.
    shell_of_row = np.clip(np.searchsorted(edges, spacing**-3, side="right") - 1, 0, shells - 1)
    shell_of_possible = np.clip(np.searchsorted(edges, possible_d**-3, side="right") - 1, 0, shells - 1)
    overall = _figures(unmerged, at, (low, high), possible_centric, seed)
    found = []
    for number in range(shells):
        limits = float(edges[number] ** (-1 / 3)), float(edges[number + 1] ** (-1 / 3))
        own = possible_centric[shell_of_possible == number]
        found.append(_figures(unmerged, at[shell_of_row == number], limits, own, seed))
    return MergingStatistics(overall, tuple(found))


def _figures(
    unmerged: UnmergedIntensities,
    rows: NDArray[np.intp],
    limits: tuple[float, float],
    possible_centric: NDArray[np.bool_],
    seed: int,
) -> ShellStatistics:
    groups = unmerged.equivalents
    here, group = np.unique(groups.group[rows], return_inverse=True)
    intensity, sigma = unmerged.intensity[rows], unmerged.sigma[rows]
    plus, centric = groups.plus[rows], groups.centric[here]
    anomalous = anomalous_statistics(
        group.reshape(-1), plus, centric, intensity, sigma, int((~possible_centric).sum()), seed
    )
    if not len(rows):
        nothing = dict.fromkeys(("multiplicity", "i_over_sigma", "r_merge", "r_meas", "r_pim"), float("nan"))
        return ShellStatistics(*limits, 0, 0, 0.0, **nothing, r_meas_within=np.nan, cc_half=np.nan, anomalous=anomalous)
    merged = Merged.of(group.reshape(-1), intensity, sigma, len(here))
    r_merge, r_meas, r_pim, cc_half = _by_gemmi(groups, here[group.reshape(-1)], plus, intensity, sigma, False)
    within = _by_gemmi(groups, here[group.reshape(-1)], plus, intensity, sigma, True)[1]
    possible = len(possible_centric)
    return ShellStatistics(
        *limits,
        observations=len(rows),
        unique=len(here),
        completeness=min(len(here) / possible, 1.0) if possible else float("nan"),
        multiplicity=len(rows) / len(here),
        i_over_sigma=float(np.mean(merged.intensity / merged.sigma)),
        r_merge=r_merge,
        r_meas=r_meas,
        r_pim=r_pim,
        r_meas_within=within,
        cc_half=cc_half,
        anomalous=anomalous,
    )


def _by_gemmi(
    groups: Equivalents,
    group: NDArray[np.int64],
    plus: NDArray[np.bool_],
    intensity: NDArray[np.float64],
    sigma: NDArray[np.float64],
    anomalous: bool,
) -> tuple[float, float, float, float]:
    """R_merge, R_meas, R_pim and CC1/2 of gemmi."""
    import gemmi

    index = groups.miller_index[group].astype(np.int32)
    index[~plus] *= -1
    intensities = gemmi.Intensities()
    intensities.set_data(groups.cell, groups.space_group, index, intensity, sigma)
    intensities.prepare_for_merging(gemmi.DataType.Anomalous if anomalous else gemmi.DataType.Mean)
    # "X" takes deviations from the weighted mean, as cctbx does; "U" is the variance without weights, as published.
    found = intensities.calculate_merging_stats(None, "X")[0]
    return found.r_merge(), found.r_meas(), found.r_pim(), intensities.calculate_merging_stats(None, "U")[0].cc_half()


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
