"""Selection: which of the doubted regions are rows of a list, each said once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .candidates.candidate import Candidate
from .place import shared_voxels
from .weighing import SAME_REGION, Doubted


def without_overlap(weighed: list[Doubted], most: int) -> tuple[list[Doubted], list[Doubted]]:
    """Divide into those for the list, most at stake first, and the rest; what is said twice is in neither.

    Of an edge, both sides are candidates for one row: the side with less at stake is left to the stop line.
    """
    chosen: list[Doubted] = []
    rest: list[Doubted] = []
    for one in sorted(weighed, key=lambda doubted: -doubted.at_stake):
        if one.at_stake <= 0:
            continue
        same = next((n for n, other in enumerate(chosen) if _says_the_same(one.candidate, other.candidate)), None)
        if same is not None:
            chosen[same] = _better_named(chosen[same], one)
            continue
        if len(chosen) < most and not any(_other_side(one.candidate, other.candidate) for other in chosen):
            chosen.append(one)
        else:
            rest.append(one)
    return chosen, rest


def _better_named(one: Doubted, other: Doubted) -> Doubted:
    """The first of two that are the same, with the second's reason where that says more than "edge doubtful"."""
    mine, theirs = one.candidate, other.candidate
    if mine.kind == "edge" and theirs.kind == "plausibility" and mine.to_label == theirs.to_label:
        return replace(one, candidate=replace(mine, reason=theirs.reason))
    return one


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    shared = shared_voxels(one.box, one.mask, other.box, other.mask)
    return shared >= SAME_REGION * one.voxels


def _other_side(one: Candidate, other: Candidate) -> bool:
    """Whether two are the two sides of one edge: the classes swapped, and most of one next to the other."""
    if one.kind != "edge" or other.kind != "edge":
        return False
    if (one.from_label, one.to_label) != (other.to_label, other.from_label):
        return False
    from scipy.ndimage import binary_dilation

    mask = binary_dilation(np.pad(other.mask, 2), np.ones((3, 3, 3), dtype=bool), iterations=2)
    z, y, x = (slice(side.start - 2, side.stop + 2) for side in other.box)
    return shared_voxels(one.box, one.mask, (z, y, x), mask) >= SAME_REGION * one.voxels
