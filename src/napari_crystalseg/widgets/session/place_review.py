"""The places of the labels at hand, and what was found at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import Box
from ...review.places.place import Place
from ...review.places.place_list import CHANGED_SHARE, PlaceList
from ...review.session.review_state import Tick, Verdict


@dataclass(frozen=True, eq=False)
class PlaceReview:
    """Places of a layer of labels, worst first, and where among them the user is.

    Parameters
    ----------
    layer : napari.layers.Labels
        Labels that they are places of.
    places : PlaceList
        The places, and which of them were seen to.
    at : int or None
        Number of the place that is looked at, from 0.
    verdicts : mapping of int to Verdict
        What was found at the places that were seen to.
    """

    layer: Any
    places: PlaceList
    at: int | None = None
    verdicts: Mapping[int, Verdict] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def place(self) -> Place | None:
        """The place that is looked at."""
        return None if self.at is None else self.places.places[self.at]

    def going_to(self, number: int | None) -> PlaceReview:
        """Return the review at another place."""
        return replace(self, at=number)

    def ticked(self, number: int, verdict: Verdict) -> PlaceReview:
        """Return the review after a place was found right, mended or skipped; skipped ones stay open."""
        places = self.places.unticked(number) if verdict is Verdict.SKIPPED else self.places.ticked(number)
        return replace(self, places=places, verdicts=MappingProxyType({**self.verdicts, number: verdict}))

    def unticked(self, number: int) -> PlaceReview:
        """Return the review with a place open again."""
        verdicts = {other: verdict for other, verdict in self.verdicts.items() if other != number}
        return replace(self, places=self.places.unticked(number), verdicts=MappingProxyType(verdicts))

    def after_edit(self, box: Box, labels: NDArray[np.uint8]) -> PlaceReview:
        """Return the review after an edit, or after it was taken back.

        Places of which a quarter is relabelled by now, in however many strokes, count as mended; those of which it is
        not any more are open again.

        Parameters
        ----------
        box : (slice, slice, slice)
            Where labels changed.
        labels : ndarray of uint8, shape (z, y, x)
            All labels as they are now.
        """
        after = self
        for number, place in enumerate(self.places.places):
            if not _meet(box, place.box):
                continue
            mended = place.share_changed(place.box, labels[place.box]) >= CHANGED_SHARE
            if mended and number not in self.places.done:
                after = after.ticked(number, Verdict.MENDED)
            elif not mended and self.verdicts.get(number) is Verdict.MENDED:
                after = after.unticked(number)
        return after

    def seen_to(self) -> tuple[tuple[Place, Verdict], ...]:
        """Return the places that were seen to, with what was found there."""
        verdicts = ((self.places.places[number], self.verdicts.get(number)) for number in sorted(self.places.done))
        return tuple((place, verdict) for place, verdict in verdicts if verdict is not None)

    def followed_by(self, seen: tuple[tuple[Place, Verdict], ...]) -> PlaceReview:
        """Return the review with places of an earlier list at its end, ticked as they were: they are seen to still."""
        first = len(self.places)
        found = {first + number: verdict for number, (_, verdict) in enumerate(seen)}
        places = replace(
            self.places,
            places=(*self.places.places, *(place for place, _ in seen)),
            done=self.places.done | frozenset(found),
        )
        return replace(self, places=places, verdicts=MappingProxyType({**self.verdicts, **found}))

    def ticks(self) -> tuple[Tick, ...]:
        """Return what the record of the review holds of them."""
        found = []
        for number, verdict in self.verdicts.items():
            place = self.places.places[number]
            z, y, x = ((side.start, side.stop) for side in place.box)
            found.append(Tick(name_of(place, number), verdict, (z, y, x), place.at_stake_percent))
        return tuple(found)


def name_of(place: Place, number: int) -> str:
    """Return what a place is called in the table and in the record, such as "3 thin film"."""
    return f"{number + 1} {place.reason}"


def _meet(one: Box, other: Box) -> bool:
    return all(max(a.start, b.start) < min(a.stop, b.stop) for a, b in zip(one, other, strict=True))
