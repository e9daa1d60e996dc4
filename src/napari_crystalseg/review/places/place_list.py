"""Place list: what to look at, worst first, and what remains when some of it was seen to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import Box, shape_of
from ...errors import InputError
from .place import Place
from .stop_line import StopLine

CHANGED_SHARE = 0.25
"""A place of which so much was relabelled is taken for mended."""


@dataclass(frozen=True, eq=False)
class PlaceList:
    """Places of one sample, and which of them were ticked as right or mended.

    Parameters
    ----------
    places : tuple of Place
        Most at stake first.
    stop_line : StopLine
        What bounds the rest.
    done : frozenset of int
        Numbers, from 0, of places that were ticked or mended.
    remarks : tuple of str
        What the user must know, in sentences.

    Raises
    ------
    InputError
        A number of no place.
    """

    places: tuple[Place, ...]
    stop_line: StopLine
    done: frozenset[int] = frozenset()
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wrong = [number for number in self.done if not 0 <= number < len(self.places)]
        if wrong:
            raise InputError(f"There is no place number {wrong[0]}; the list has {len(self.places)}, counted from 0.")

    def __len__(self) -> int:
        return len(self.places)

    @property
    def open(self) -> tuple[int, ...]:
        """Numbers of the places that were not seen to yet, most at stake first."""
        return tuple(number for number in range(len(self.places)) if number not in self.done)

    def next(self, after: int | None = None) -> int | None:
        """Number of the next open place after one, from the top again at the end; None where all are done."""
        left = self.open
        return next((number for number in left if after is None or number > after), left[0] if left else None)

    def previous(self, before: int) -> int | None:
        """Number of the open place before one, from the bottom at the top; None where all are done."""
        left = self.open[::-1]
        return next((number for number in left if number < before), left[0] if left else None)

    def ticked(self, *numbers: int) -> PlaceList:
        """Return the list with some places ticked: they are right, or were mended."""
        return replace(self, done=self.done | frozenset(numbers))

    def unticked(self, *numbers: int) -> PlaceList:
        """Return the list with some places open again."""
        return replace(self, done=self.done - frozenset(numbers))

    def after_edit(self, box: Box, labels: NDArray[np.uint8]) -> PlaceList:
        """Return the list after an edit: places of which a quarter was relabelled count as mended.

        Parameters
        ----------
        box : (slice, slice, slice)
            Where labels changed, along (z, y, x).
        labels : ndarray of uint8, shape of the box
            What they are now.

        Raises
        ------
        InputError
            Labels of another shape than the box.
        """
        if np.shape(labels) != shape_of(box):
            raise InputError(f"The box has {shape_of(box)} voxels and the labels {np.shape(labels)}.")
        mended = [number for number in self.open if self.places[number].share_changed(box, labels) >= CHANGED_SHARE]
        return self.ticked(*mended) if mended else self

    def at_stake_percent(self, besides: Collection[int] = ()) -> float:
        """Sum of what is at stake in the open places, %, besides some that would be ticked too."""
        return sum(self.places[number].at_stake_percent for number in self.open if number not in besides)

    def remains_percent(self, besides: Collection[int] = ()) -> float | None:
        """Bound on mean |ΔA|/A, %, of what is wrong outside the places that are done.

        How often it held on simulated samples is told in docs/review.md; it is no guarantee.

        Parameters
        ----------
        besides : collection of int
            Numbers of places that would be ticked too.

        Returns
        -------
        float or None
            None where nothing can be promised.
        """
        return self.stop_line.bound_percent(self.at_stake_percent(besides))

    def sentence(self, besides: Collection[int] = ()) -> str:
        """Say what remains, for the line at which a person may stop."""
        bound = self.remains_percent(besides)
        if bound is not None:
            return f"What remains changes A by less than {_rounded_up(bound)} %."
        why = self.stop_line.refusal or "too much of it is doubtful: mend the first places"
        return f"Cannot say what remains: {why}."

    def to_dict(self) -> dict[str, Any]:
        """Return the list as JSON-ready values, with what remains after each place and all before it."""
        rows = []
        for rank, place in enumerate(self.places):
            remains = self.remains_percent(range(rank + 1))
            done = {"rank": rank + 1, "done": rank in self.done, "remains_below_percent": remains}
            rows.append(done | place.to_dict())
        return {
            "places": rows,
            "remains_below_percent": self.remains_percent(),
            "stop_line": self.sentence(),
            "remarks": list(self.remarks),
        }


def _rounded_up(percent: float) -> str:
    """Two digits, never below the number itself."""
    digits = 10.0 ** (np.floor(np.log10(max(percent, 1e-3))) - 1)
    return f"{np.ceil(percent / digits - 1e-9) * digits:.2g}"
