"""Stop line: a bound on what the absorption factors may still change by when the worst places are mended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...checks import checked_number
from .calibrated import CRYSTAL_DOUBT_WEIGHT, FACTOR, SHELL_DOUBT_WEIGHT, SHELL_WEIGHT, STAKE_WEIGHT

MOST_DISAGREED = 0.5
"""Part of the crystal that the network takes for something else, beyond which nothing is promised."""

UNSURE_OF_CRYSTAL = "the network is not sure that the crystal is one; look at all of it"
UNSURE_OF_SAMPLE = "the network is unsure of the whole sample, which may be unlike all that it was trained on"

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
    crystal_doubt : float
        Mean of that probability inside the crystal, where the network agrees that it is one.
    unlisted_percent : float
        Sum of what is at stake outside the places of the list, %.
    refusal : str or None
        Why nothing can be promised, in a clause; None where something can.
    """

    shell_percent: float
    surface_doubt: float
    crystal_doubt: float
    unlisted_percent: float
    refusal: str | None

    def __post_init__(self) -> None:
        for name in ("shell_percent", "surface_doubt", "crystal_doubt", "unlisted_percent"):
            checked_number(getattr(self, name), name)

    def terms(self, at_stake_percent: float) -> tuple[float, float, float, float]:
        """What may change A, %, with so much at stake in the places that remain.

        What is at stake, a shift of the crystal's surface by a voxel, the same times the doubt there, and the doubt
        inside the crystal.
        """
        shell = self.shell_percent
        return at_stake_percent + self.unlisted_percent, shell, shell * self.surface_doubt, 100 * self.crystal_doubt

    def expected_percent(self, at_stake_percent: float) -> float:
        """Scale of the change, %, that places with so much at stake and everything else may make."""
        weights = (STAKE_WEIGHT, SHELL_WEIGHT, SHELL_DOUBT_WEIGHT, CRYSTAL_DOUBT_WEIGHT)
        return float(np.dot(weights, self.terms(at_stake_percent)))

    def bound_percent(self, at_stake_percent: float) -> float | None:
        """Bound on mean |ΔA|/A, %, with so much at stake in the places that remain; None where nothing is promised."""
        if self.refusal is not None:
            return None
        bound = FACTOR * self.expected_percent(at_stake_percent)
        return bound if np.isfinite(bound) and bound <= MOST_BOUND_PERCENT else None
