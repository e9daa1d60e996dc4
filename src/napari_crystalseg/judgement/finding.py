"""Finding: one thing that is as it should be, worth a look, or wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["problem", "warning", "good"]

_WORST_FIRST: tuple[Level, ...] = ("problem", "warning", "good")


@dataclass(frozen=True)
class Finding:
    """One thing found about a sample.

    Parameters
    ----------
    level : {"problem", "warning", "good"}
        How much it matters.
    text : str
        A sentence for the user.
    """

    level: Level
    text: str


def worst_level(found: Iterable[Finding]) -> Level:
    """Return the worst level of findings; ``good`` where there are none."""
    levels = {finding.level for finding in found}
    return next((level for level in _WORST_FIRST if level in levels), "good")


def worst_first(found: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which they matter; those of a level keep theirs."""
    return sorted(found, key=lambda finding: _WORST_FIRST.index(finding.level))
