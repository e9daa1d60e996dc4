"""Where a review is: what was looked at, what is locked, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ...errors import InputError
from ...labels import Material


class Verdict(StrEnum):
    """What was found at a place."""

    RIGHT = "right"
    MENDED = "mended"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Tick:
    """A place that was looked at.

    Parameters
    ----------
    place : str
        Name of the place in its list.
    verdict : Verdict
        What was found there.
    box : ((int, int), (int, int), (int, int))
        Start and stop of the place along (z, y, x), voxels.
    at_stake_percent : float
        What the place was thought to be worth when it was looked at, % of A.
    """

    place: str
    verdict: Verdict
    box: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    at_stake_percent: float

    def to_dict(self) -> dict[str, Any]:
        """Return values as JSON holds them."""
        return {
            "place": self.place,
            "verdict": str(self.verdict),
            "box": [list(side) for side in self.box],
            "at_stake_percent": self.at_stake_percent,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Tick:
        """Take what :meth:`to_dict` returned."""
        z, y, x = ((int(start), int(stop)) for start, stop in record["box"])
        verdict = Verdict(record["verdict"])
        return cls(str(record["place"]), verdict, (z, y, x), float(record["at_stake_percent"]))


@dataclass(frozen=True)
class ReviewState:
    """Where a review is.

    Parameters
    ----------
    ticks : tuple of Tick
        Places that were looked at, in that order; one place once.
    row : str
        Place that is being looked at, or empty.
    locked : frozenset of Material
        Classes that are locked.
    seconds : float
        Time spent, s.
    settings : mapping
        What the faces remember besides, as JSON holds it.
    """

    ticks: tuple[Tick, ...] = ()
    row: str = ""
    locked: frozenset[Material] = frozenset()
    seconds: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def ticked(self, tick: Tick) -> ReviewState:
        """Return the state after a place was looked at; an earlier tick of the same place is replaced."""
        return replace(self, ticks=(*(other for other in self.ticks if other.place != tick.place), tick))

    def unticked(self, place: str) -> ReviewState:
        """Return the state without the tick of a place."""
        return replace(self, ticks=tuple(tick for tick in self.ticks if tick.place != place))

    def to_dict(self) -> dict[str, Any]:
        """Return values as JSON holds them."""
        return {
            "ticks": [tick.to_dict() for tick in self.ticks],
            "row": self.row,
            "locked": sorted(int(material) for material in self.locked),
            "seconds": self.seconds,
            "settings": dict(self.settings),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> ReviewState:
        """Take what :meth:`to_dict` returned.

        Raises
        ------
        InputError
            A record of another kind, or a damaged one.
        """
        try:
            return cls(
                tuple(Tick.from_dict(tick) for tick in record["ticks"]),
                str(record["row"]),
                frozenset(Material(code) for code in record["locked"]),
                float(record["seconds"]),
                MappingProxyType(dict(record["settings"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"The record of the review is damaged ({error}); begin anew.") from error
