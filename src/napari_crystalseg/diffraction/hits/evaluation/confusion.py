"""Confusion: what a finder said of misses and of hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Confusion:
    """Counts of images by what they are and what was said.

    Parameters
    ----------
    misses, false_hits : int
        Misses that were told as such, and those called hits.
    missed, hits : int
        Hits that were called misses, and those told as such.
    """

    misses: int
    false_hits: int
    missed: int
    hits: int

    @classmethod
    def of(cls, true: Sequence[bool], said: Sequence[bool]) -> Confusion:
        """Count pairs of what is and what was said."""
        pairs = [(bool(a), bool(b)) for a, b in zip(true, said, strict=True)]
        return cls(*(pairs.count(pair) for pair in ((False, False), (False, True), (True, False), (True, True))))

    @property
    def accuracy(self) -> float:
        """Part of all images that was told rightly; NaN of none."""
        total = self.misses + self.false_hits + self.missed + self.hits
        return (self.misses + self.hits) / total if total else float("nan")

    @property
    def matrix(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Parts of misses, then of hits, that were called misses and hits: the identity where all is right."""
        empty, full = max(self.misses + self.false_hits, 1), max(self.missed + self.hits, 1)
        return (self.misses / empty, self.false_hits / empty), (self.missed / full, self.hits / full)

    @property
    def collapsed(self) -> str:
        """``all peaks`` or ``no peaks`` where nine of ten images, of both kinds, are called the same; else empty."""
        (_, false), (missed, _) = self.matrix
        if false >= 0.9 and missed <= 0.1:
            return "all peaks"
        return "no peaks" if missed >= 0.9 and false <= 0.1 else ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {"matrix": [list(row) for row in self.matrix], "accuracy": self.accuracy, "collapsed": self.collapsed}
