"""Doubt: the probability that a voxel of a region has the wrong class, from what speaks for and against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .calibrated import WEIGHTS
from .candidates.candidate import Candidate
from .evidence import Evidence

NAMES = (
    "one",
    "network",
    "no network",
    "mirror spread",
    "voxel values",
    "thickness",
    "disagreement",
    "crystal piece",
    "loop fragment",
    "hole in crystal",
    "enclosed air",
    "crystal touches air",
    "thin film",
    "voxel value region",
)
"""What :func:`signs` returns, in order."""

CUT = 0.5
"""Doubt about crystal that the field cuts off, where the labels themselves may be right."""


@dataclass(frozen=True)
class Signs:
    """What speaks for and against a region being wrong.

    Parameters
    ----------
    values : tuple of float
        Numbers without a unit, shares and probabilities among them, one for each of :data:`NAMES`.
    """

    values: tuple[float, ...]

    @classmethod
    def of(cls, candidate: Candidate, evidence: Evidence) -> Signs:
        """Measure those of a candidate."""
        box = tuple(
            slice(side.start - first, side.stop - first)
            for side, first in zip(candidate.box, evidence.origin, strict=True)
        )
        mask = candidate.mask
        wrong = float(np.clip(np.mean(evidence.wrong[box][mask], dtype=np.float64), 0.005, 0.995))
        spread = 0.0 if evidence.spread is None else float(np.mean(evidence.spread[box][mask], dtype=np.float64))
        values = 0.0
        if evidence.values is not None:
            values = evidence.values.evidence(box, mask, candidate.from_label, candidate.to_label)
        known = float(evidence.of_network)
        signs = {
            "one": 1.0,
            "network": known * float(np.log(wrong / (1 - wrong))),
            "no network": 1 - known,
            "mirror spread": spread,
            "voxel values": values,
            "thickness": _thickness(mask),
            "disagreement": float(candidate.kind == "disagreement"),
            "voxel value region": float(candidate.kind == "values"),
        }
        if candidate.kind == "plausibility" and candidate.reason in NAMES:
            signs[candidate.reason] = 1.0
        return cls(tuple(signs.get(name, 0.0) for name in NAMES))

    def doubt(self, weights: tuple[float, ...] = WEIGHTS) -> float:
        """Return the probability that a voxel of the region is wrong, 0 to 1."""
        return float(1 / (1 + np.exp(-np.clip(np.dot(self.values, weights), -30, 30))))


def _thickness(mask: NDArray[np.bool_]) -> float:
    """Logarithm of the voxels for each voxel at the region's own surface: 0 of a film, more of a bulk."""
    inside = np.pad(mask, 1)
    core = inside.copy()
    for axis in range(3):
        core &= np.roll(inside, 1, axis) & np.roll(inside, -1, axis)
    voxels = int(np.count_nonzero(inside))
    return float(np.log(voxels / max(voxels - int(np.count_nonzero(core)), 1)))
