"""Absorption factors, with what they were computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...absorption.coefficients import Coefficients
    from ...factors import Factors


@dataclass(frozen=True, eq=False)
class ComputedFactors:
    """Absorption factors that know what they are of.

    Parameters
    ----------
    factors : Factors
        Absorption factors.
    fingerprint : int
        Check sum of the labels that they were computed from, and their voxel size.
    coefficients : Coefficients or None
        Linear attenuation coefficients that they were computed with; None where none were set.
    directions : tuple
        Directions that they were computed for, as :attr:`.ExperimentFiles.directions` has them.
    """

    factors: Factors
    fingerprint: int
    coefficients: Coefficients | None
    directions: tuple[Any, ...]
