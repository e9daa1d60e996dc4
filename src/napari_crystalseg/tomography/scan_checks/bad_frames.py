"""Bad frames: which frames of one kind are to be left out, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_NAMED = 12


class BadFrames:
    """Frames of one kind that are to be left out, by what is wrong with them; the first reason stands."""

    def __init__(self, count: int) -> None:
        self.mask = np.zeros(count, dtype=bool)
        self.reasons: dict[str, NDArray[np.intp]] = {}

    def add(self, reason: str, which: NDArray[np.bool_], first: bool = False) -> None:
        """Leave frames out for a reason; those left out already keep theirs.

        Parameters
        ----------
        reason : str
            What is wrong with them, such as "hold no counts".
        which : ndarray of bool, shape (frame,)
            The frames that it holds for.
        first : bool
            This reason takes the place of those given before.
        """
        if first:
            # What has no light may be empty or a copy as well; that it has none says most.
            self.reasons = {one: numbers[~which[numbers]] for one, numbers in self.reasons.items()}
            self.mask[which] = False
        numbers = np.flatnonzero(which & ~self.mask)
        if numbers.size:
            self.reasons[reason] = numbers
            self.mask[numbers] = True

    def sentences(self, kind: str) -> list[str]:
        """Say which frames are left out and why, a sentence for each reason, the commonest first."""
        return [f"{clause}: left out" for clause in self.clauses(kind)]

    def clauses(self, kind: str) -> list[str]:
        """Say what is wrong with how many and which, the commonest first."""
        reasons = sorted(self.reasons.items(), key=lambda one: -one[1].size)
        return [
            f"{numbers.size} of {self.mask.size} {kind} {_in_singular(reason, numbers.size)} ({_listed(numbers)})"
            for reason, numbers in reasons
            if numbers.size
        ]


def _in_singular(reason: str, count: int) -> str:
    """Put a verb in the singular for one frame."""
    if count != 1:
        return reason
    verb, _, rest = reason.partition(" ")
    return (
        f"{ {'have': 'has', 'were': 'was', 'are': 'is'}.get(verb, verb + 's') } {rest}".replace(
            "is copies", "is a copy"
        )
        .replace("like flats", "like a flat")
        .replace("like projections", "like a projection")
    )


def _listed(numbers: Iterable[int]) -> str:
    """List numbers, runs of them as "3 to 9"."""
    values = np.asarray(list(numbers))
    runs = np.split(values, np.flatnonzero(np.diff(values) != 1) + 1)
    texts = [
        str(run[0]) if run.size == 1 else f"{run[0]}, {run[1]}" if run.size == 2 else f"{run[0]} to {run[-1]}"
        for run in runs
    ]
    return ", ".join(texts) if len(texts) <= _NAMED else ", ".join(texts[:_NAMED]) + ", …"
