"""Stop line: a bound on what the absorption factors may still change by when the worst places are mended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...checks import checked_number

FACTOR = 2.5
"""By what the expected change is multiplied to make the bound.

Chosen by hand, as the weights and limits below, on simulated cases of 72 voxels a side, some of which it was then tried
on (docs/review.md).
"""

SHELL_WEIGHT = 1.0
"""Voxels by which all surfaces of the crystal may be shifted together where the network is sure."""

SHELL_DOUBT_WEIGHT = 2.0
"""By what the mean doubt at the crystal's surface adds to that."""

MOST_CRYSTAL_DOUBT = 0.09
"""Mean doubt inside the crystal, where the network agrees that it is one, beyond which nothing is promised.

All simulated crystals that the network had drawn several times too large, and was nearly sure of, are beyond it.
"""

MOST_SAMPLE_DOUBT = 0.35
"""Mean doubt over the sample beyond which no bound was ever tried."""

MOST_BOUND_PERCENT = 50.0
"""A bound beyond this says nothing."""


@dataclass(frozen=True)
class StopLine:
    """What the bound is made of.

    Parameters
    ----------
    shell_percent : float
        Mean |ΔA|/A if all of the crystal's surface were shifted by one voxel, %.
    surface_doubt : float
        Mean probability, by the network, that a voxel at the crystal's surface is wrong.
    unlisted_percent : float
        Doubt times effect of all regions that were too small for the list, %, added up.
    refusal : str or None
        Why nothing can be promised, in a clause; None where something can.
    """

    shell_percent: float
    surface_doubt: float
    unlisted_percent: float
    refusal: str | None

    def __post_init__(self) -> None:
        for name in ("shell_percent", "surface_doubt", "unlisted_percent"):
            checked_number(getattr(self, name), name)

    def expected_percent(self, at_stake_percent: float) -> float:
        """Scale of the change, %, that places with so much at stake and everything else may make."""
        shift = SHELL_WEIGHT + SHELL_DOUBT_WEIGHT * self.surface_doubt
        return at_stake_percent + self.unlisted_percent + shift * self.shell_percent

    def bound_percent(self, at_stake_percent: float) -> float | None:
        """Bound on mean |ΔA|/A, %, with so much at stake in the places that remain; None where nothing is promised."""
        if self.refusal is not None:
            return None
        bound = FACTOR * self.expected_percent(at_stake_percent)
        return bound if np.isfinite(bound) and bound <= MOST_BOUND_PERCENT else None
