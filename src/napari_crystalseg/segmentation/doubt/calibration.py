"""Calibration: what a network's confidence is worth, fitted on samples with known labels, and kept on its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_shape
from .confidence_curve import ConfidenceCurve

REFINED = "refined_"
"""What names of the second stage's numbers begin with."""
_SLAB_VOXELS = 2**24


@dataclass(frozen=True)
class Calibration:
    """What a model's confidence is worth.

    Parameters
    ----------
    coarse : ConfidenceCurve
        For labels of the network that sees the whole sample.
    refined : ConfidenceCurve or None
        For labels that the second network has seen at full resolution; None where it was not fitted.
    figures : mapping
        What the calibration was fitted on and judged by, JSON values, for the card.
    """

    coarse: ConfidenceCurve
    refined: ConfidenceCurve | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Self | None:
        """Return what a model's card says under ``calibration``; None where it says nothing that can be used."""
        stated = card.get("calibration")
        if not isinstance(stated, Mapping):
            return None
        coarse, refined = ConfidenceCurve.of_record(stated), ConfidenceCurve.of_record(stated, REFINED)
        if coarse is None:
            return None
        numbers = {*coarse.record(), *coarse.record(REFINED)}
        return cls(coarse, refined, {name: value for name, value in stated.items() if name not in numbers})

    def curve(self, refined: bool = False) -> ConfidenceCurve | None:
        """Return the curve of what decided the labels; None where that was not fitted."""
        return self.refined if refined else self.coarse

    def record(self) -> dict[str, Any]:
        """Return it as a card keeps it."""
        return {
            **self.coarse.record(),
            **({} if self.refined is None else self.refined.record(REFINED)),
            **self.figures,
        }


def doubt(winning: NDArray[np.uint8], curve: ConfidenceCurve | None) -> NDArray[np.uint8]:
    """Turn confidence into the probability that a label is wrong, in place, slab by slab.

    Parameters
    ----------
    winning : ndarray of uint8, shape (z, y, x)
        255 times the probability that the network gives the label of each voxel; becomes the result.
    curve : ConfidenceCurve or None
        What such a confidence is worth; without one, the network is taken at its word.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
        255 times the probability that the label is wrong: the array ``winning``.
    """
    checked_shape(winning, "The confidence", ("z", "y", "x"))
    if curve is None:
        return np.subtract(255, winning, out=winning)
    table = curve.table
    thickness = max(1, _SLAB_VOXELS // max(1, winning.shape[1] * winning.shape[2]))
    for start in range(0, len(winning), thickness):
        slab = winning[start : start + thickness]
        slab[...] = table[slab]
    return winning
