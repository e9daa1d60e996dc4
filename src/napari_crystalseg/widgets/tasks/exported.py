"""Exported: what an export of reviews wrote, and what a person must know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_NAMED = 3


@dataclass(frozen=True)
class Exported:
    """What became of an export.

    Parameters
    ----------
    written : tuple of str
        Files.
    left_out : mapping of str to tuple of str
        Names of images that are not in them, by the reason, a clause without a full stop.
    doubts : mapping of str to tuple of str
        Names of images that are in them and should be looked at, by the doubt, a clause without a full stop.
    """

    written: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def warnings(self) -> list[str]:
        """What a person must know, in sentences."""
        said = [f"{named(names)}: {reason}; left out." for reason, names in self.left_out.items()]
        return said + [f"{named(names)}: {doubt}; exported all the same." for doubt, names in self.doubts.items()]


def named(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
