"""Weighing: regions that may be wrong, each with its doubt and about what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...absorption.edits.edit_meter import EditMeter
from ...absorption.edits.sensitivity import Sensitivity
from ...box import Box
from ...labels import Labels, Material
from ...progress import Progress, part, silent
from .candidates.candidate import Candidate
from .candidates.doubted_by_network import doubted_by_network
from .candidates.implausible import implausible
from .candidates.unlike_values import unlike_values
from .doubt import CUT, Signs
from .evidence import Evidence
from .place import Place, shared_voxels
from .place_stroke import stroke_about

PATCH_OF_CRYSTAL = 0.6
"""Diameter of a patch of surface over that of a ball of the crystal's volume: about nine make its shell."""

QUICK = {"reflections": 120, "points": 400}
"""Rays that are enough to see which regions are worth the exact measure."""

_CANDIDATES = 100
_ALL_PERCENT = 100.0
_MOSTLY_SURFACE = 0.6
SAME_REGION = 0.5
"""Two regions are taken for one where so much of the lesser lies in the other."""


@dataclass(frozen=True, eq=False)
class Doubted:
    """A candidate with its signs, and what is known of its worth.

    Parameters
    ----------
    candidate : Candidate
        The region.
    signs : Signs
        What speaks for and against it being wrong.
    doubt : float
        Probability that a voxel of it is wrong.
    effect_percent : float
        Mean |ΔA|/A if all of it were the other class, %.
    """

    candidate: Candidate
    signs: Signs
    doubt: float
    effect_percent: float

    @classmethod
    def of(cls, candidate: Candidate, signs: Signs, effect_percent: float) -> Doubted:
        """Doubt a candidate as its signs say."""
        doubt = CUT if candidate.to_label is None else signs.doubt()
        return cls(candidate, signs, doubt, effect_percent)

    @property
    def at_stake(self) -> float:
        """Doubt times effect, %."""
        return self.doubt * self.effect_percent


def weighed_regions(
    evidence: Evidence,
    labels: Labels,
    codes: tuple[int, ...],
    quick: EditMeter,
    *,
    sensitivity: Sensitivity | None = None,
    reviewed: Sequence[Place] = (),
    progress: Progress = silent,
) -> list[Doubted]:
    """Find the regions that may be wrong, and weigh each with few rays.

    Parameters
    ----------
    evidence : Evidence
        What is known of the labels.
    labels : Labels
        The labels.
    codes : tuple of int
        Classes that may be proposed.
    quick : EditMeter
        Of the labels.
    sensitivity : Sensitivity, optional
        Of the labels; then thin regions are weighed by it.
    reviewed : sequence of Place
        What lies in them and beside them is left out.
    progress : Progress
        Told what is being done.
    """
    found = _candidates(evidence, labels, codes, reviewed, part(progress, 0.0, 0.4))
    weighed = []
    for number, (candidate, signs) in enumerate(found):
        progress(0.4 + 0.6 * number / len(found), f"weighing region {number + 1} of {len(found)}")
        effect = _by_sensitivity(candidate, sensitivity)
        if effect is None:
            effect = effect_percent(candidate, labels, quick)
        weighed.append(Doubted.of(candidate, signs, effect))
    return weighed


def _candidates(
    evidence: Evidence,
    labels: Labels,
    codes: tuple[int, ...],
    reviewed: Sequence[Place],
    progress: Progress,
) -> list[tuple[Candidate, Signs]]:
    """Find regions that may be wrong, with what speaks for and against each; at most some hundreds."""
    patch_um = _patch_um(labels)
    progress(0.0, "dividing doubtful surfaces into patches")
    candidates = list(doubted_by_network(evidence, patch_um))
    progress(0.5, "looking for what no sample looks like")
    candidates += implausible(evidence, patch_um, labels.shape)
    progress(0.8, "comparing voxel values")
    candidates += unlike_values(evidence, patch_um, codes)
    candidates = [one for one in candidates if one.to_label is None or one.to_label in codes]
    seen = [stroke_about(place.box, place.mask, labels.shape) for place in reviewed]
    candidates = [one for one in candidates if not _was_reviewed(one, seen)]
    with_signs = [(one, Signs.of(one, evidence)) for one in candidates]
    # A first guess at what each is worth, to measure no more than so many: crystal counts more than what is beside it.
    crystal_voxels = int(np.count_nonzero(evidence.labels == Material.CRYSTAL))
    with_signs.sort(key=lambda pair: -pair[1].doubt() * _rough_worth(pair[0], crystal_voxels))
    progress(1.0, f"{len(with_signs)} regions")
    implausible_ones = [pair for pair in with_signs[_CANDIDATES:] if pair[0].kind == "plausibility"]
    return with_signs[:_CANDIDATES] + implausible_ones[:_CANDIDATES]


def _patch_um(labels: Labels) -> float:
    voxels = int(np.count_nonzero(labels.data == Material.CRYSTAL))
    ball_um = float((6 / np.pi * voxels * labels.voxel_volume_um3) ** (1 / 3))
    return max(PATCH_OF_CRYSTAL * ball_um, 4 * max(labels.required_voxel_size_um))


def _rough_worth(candidate: Candidate, crystal_voxels: int) -> float:
    weight = 3.0 if Material.CRYSTAL in (candidate.from_label, candidate.to_label) else 1.0
    return weight * min(candidate.voxels / crystal_voxels, 1.0)


def _was_reviewed(candidate: Candidate, seen: Sequence[tuple[Box, NDArray[np.bool_]]]) -> bool:
    shared = sum(shared_voxels(candidate.box, candidate.mask, box, mask) for box, mask in seen)
    return shared >= SAME_REGION * candidate.voxels


def _by_sensitivity(candidate: Candidate, sensitivity: Sensitivity | None) -> float | None:
    """Effect of a region that is mostly surface, to first order, %; None where it is not, or no map is given."""
    if sensitivity is None or candidate.to_label is None or sensitivity.mean <= 0:
        return None
    points = np.argwhere(candidate.mask) + [side.start for side in candidate.box]
    flat = np.ravel_multi_index(tuple(points.T), sensitivity.shape)
    at = np.searchsorted(sensitivity.voxels, flat)
    at[at == len(sensitivity.voxels)] = 0
    there = (sensitivity.voxels[at] == flat) & (sensitivity.flips[at] == candidate.to_label)
    if there.mean() < _MOSTLY_SURFACE:
        return None
    change = float(sensitivity.mean_changes[at[there]].sum(dtype=np.float64)) / there.mean()
    return float(100 * abs(change) / sensitivity.mean)


def effect_percent(candidate: Candidate, labels: Labels, meter: EditMeter) -> float:
    """Mean |ΔA|/A if the region were the other class, %; that of taking it away where no other class is known."""
    old = labels.data[candidate.box]
    to = Material.AIR if candidate.to_label is None else candidate.to_label
    edited = np.where(candidate.mask, np.uint8(to), old)
    if not _crystal_left(labels, old, edited):
        return _ALL_PERCENT
    z, y, x = (side.start for side in candidate.box)
    return 100 * meter.effect((z, y, x), edited).mean_relative_change


def _crystal_left(labels: Labels, old: NDArray[np.uint8], edited: NDArray[np.uint8]) -> bool:
    if (edited == Material.CRYSTAL).any():
        return True
    return bool(np.count_nonzero(labels.data == Material.CRYSTAL) > np.count_nonzero(old == Material.CRYSTAL))
