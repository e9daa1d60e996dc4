"""Selection: which of the doubted regions are rows of a list, so that mending the first rows mends most."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ...box import Box, joined, shape_of
from .candidates.candidate import Candidate
from .place import shared_voxels
from .place_stroke import stroke_about, stroke_box, within
from .weighing import SAME_REGION, Doubted

_LEAST_NEW = 0.1
_APART = ("crystal piece", "loop fragment", "hole in crystal", "enclosed air")
"""What is seen to by itself, even beside another place."""
_SURENESS = 0.3
"""Rows are chosen by their gain times this and their doubt: suggestions of sure places are mostly right."""


@dataclass(frozen=True, eq=False)
class Row:
    """A doubted region that is a row of a list.

    Parameters
    ----------
    doubted : Doubted
        The region.
    own_percent : float
        What is at stake in that part of it which no row before it mends, %.
    beside_percent : float
        What else is at stake within :data:`STROKE_MARGIN_VOXELS` of it, %, and in no row before it.
    """

    doubted: Doubted
    own_percent: float
    beside_percent: float

    @property
    def gain_percent(self) -> float:
        """What mending it is expected to change in A, %."""
        return self.own_percent + self.beside_percent

    def measured(self, effect_percent: float) -> Row:
        """Return the row with the effect of its region measured again, %."""
        one = self.doubted
        own = self.own_percent * effect_percent / one.effect_percent if one.effect_percent > 0 else 0.0
        return replace(self, doubted=replace(one, effect_percent=effect_percent), own_percent=own)


def chosen_rows(weighed: list[Doubted], most: int, shape: tuple[int, int, int]) -> tuple[list[Row], float]:
    """Choose rows one after the other, each that which mends most of what those before it leave.

    What is at stake in a region is spread evenly over its voxels; where regions overlap, the most counts. A row mends
    its region and what lies beside it (:func:`stroke_about`), so that both sides of a doubtful edge are one row, and
    one place that is doubted in several ways is said once.

    Parameters
    ----------
    weighed : list of Doubted
        All regions that may be wrong.
    most : int
        Rows at most.
    shape : (int, int, int)
        Voxels of the whole volume.

    Returns
    -------
    rows : list of Row
        Most to gain first.
    unlisted : float
        What is at stake in no row, %.
    """
    left = [one for one in weighed if one.at_stake > 0]
    if not left:
        return [], 0.0
    room = reduce(joined, (stroke_box(one.candidate.box, shape) for one in left))
    stake = np.zeros(shape_of(room), dtype=np.float32)
    for one in left:
        here = stake[within(one.candidate.box, room)]
        mask = one.candidate.mask
        here[mask] = np.maximum(here[mask], _each(one))
    new = np.ones(stake.shape, dtype=bool)
    apart = np.zeros(stake.shape, dtype=bool)
    for one in left:
        if one.candidate.reason in _APART:
            apart[within(one.candidate.box, room)] |= one.candidate.mask
    strokes: dict[int, tuple[Box, NDArray[np.bool_]]] = {}
    # No worth can rise, so that what a region promised before bounds what it promises now.
    bounds = [
        (_SURENESS + one.doubt) * float(stake[within(stroke_box(one.candidate.box, shape), room)].sum(dtype=np.float64))
        for one in left
    ]
    rows: list[Row] = []
    while len(rows) < most:
        best, worth = None, 0.0
        for number in sorted(range(len(left)), key=lambda index: -bounds[index]):
            if bounds[number] <= worth:
                break
            one = left[number]
            if number not in strokes:
                strokes[number] = _stroke(one.candidate, apart, room, shape)
            box, stroke = strokes[number]
            gain = float(stake[within(box, room)][stroke].sum(dtype=np.float64))
            share = float(new[within(one.candidate.box, room)][one.candidate.mask].mean())
            own = min(gain, one.at_stake * share) if share >= _LEAST_NEW else 0.0
            bounds[number] = (_SURENESS + one.doubt) * gain if own > 0 else 0.0
            if bounds[number] > worth:
                best, worth = Row(one, own, gain - own), bounds[number]
                at = number
        if best is None:
            break
        rows.append(replace(best, doubted=_named(best.doubted, left)))
        box, stroke = strokes[at]
        stake[within(box, room)][stroke] = 0
        new[within(box, room)][stroke] = False
        bounds[at] = 0.0
    return rows, float(stake.sum(dtype=np.float64))


def _stroke(
    candidate: Candidate, apart: NDArray[np.bool_], room: Box, shape: tuple[int, int, int]
) -> tuple[Box, NDArray[np.bool_]]:
    """Return a stroke about a region, without the regions beside it that are to be seen to by themselves."""
    box, stroke = stroke_about(candidate.box, candidate.mask, shape)
    stroke &= ~apart[within(box, room)]
    stroke[within(candidate.box, box)] |= candidate.mask
    return box, stroke


def _each(one: Doubted) -> float:
    return one.at_stake / one.candidate.voxels


def _named(one: Doubted, others: list[Doubted]) -> Doubted:
    """A doubtful edge with the reason of an implausible region that is the same, which says more."""
    mine = one.candidate
    if mine.kind != "edge":
        return one
    for other in sorted(others, key=lambda doubted: -doubted.at_stake):
        theirs = other.candidate
        if theirs.kind == "plausibility" and theirs.to_label == mine.to_label and _is_part_of(theirs, mine):
            return replace(one, candidate=replace(mine, reason=theirs.reason))
    return one


def _is_part_of(one: Candidate, other: Candidate) -> bool:
    return shared_voxels(one.box, one.mask, other.box, other.mask) >= SAME_REGION * one.voxels
