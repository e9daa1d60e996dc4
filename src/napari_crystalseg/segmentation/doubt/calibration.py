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
_AT_ITS_WORD = np.arange(255, -1, -1, dtype=np.uint8)


@dataclass(frozen=True)
class Calibration:
    """What a model's confidence is worth.

    Parameters
    ----------
    coarse : ConfidenceCurve
        For labels of the network that sees the whole sample.
    refined : ConfidenceCurve or None
        For labels of the network that sees surfaces at full resolution; None where it was not fitted, and ``coarse`` is
        taken for both.
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

    def record(self) -> dict[str, Any]:
        """Return it as a card keeps it."""
        return {
            **self.coarse.record(),
            **({} if self.refined is None else self.refined.record(REFINED)),
            **self.figures,
        }


def doubt(
    winning: NDArray[np.uint8], calibration: Calibration | None, refined: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Turn confidence into the probability that a label is wrong, in place, slab by slab.

    Parameters
    ----------
    winning : ndarray of uint8, shape (z, y, x)
        255 times the probability that the network gives the label of each voxel; becomes the result.
    calibration : Calibration or None
        Of the model; without one, what the network says is taken at its word.
    refined : ndarray of bool, shape (z, y, x), optional
        Voxels whose label the second stage has decided.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
        255 times the probability that the label is wrong: the array ``winning``.
    """
    checked_shape(winning, "The confidence", ("z", "y", "x"))
    coarse = _AT_ITS_WORD if calibration is None else calibration.coarse.table
    fine = coarse if calibration is None or calibration.refined is None else calibration.refined.table
    thickness = max(1, _SLAB_VOXELS // max(1, winning.shape[1] * winning.shape[2]))
    for start in range(0, len(winning), thickness):
        slab = winning[start : start + thickness]
        found = coarse[slab]
        if refined is not None and fine is not coarse:
            there = refined[start : start + thickness]
            found[there] = fine[slab[there]]
        slab[...] = found
    return winning
