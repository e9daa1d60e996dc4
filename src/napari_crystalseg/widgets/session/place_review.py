"""The places of the labels at hand, and what was found at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...absorption.edits.changed_box import Box
from ...review.places.place import Place
from ...review.places.place_list import PlaceList
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
        """Return the review after an edit: places that were relabelled count as mended.

        Parameters
        ----------
        box : (slice, slice, slice)
            Where labels changed.
        labels : ndarray of uint8, shape of the box
            What they are now.
        """
        places = self.places.after_edit(box, labels)
        mended = {number: Verdict.MENDED for number in places.done - self.places.done}
        if not mended:
            return self
        return replace(self, places=places, verdicts=MappingProxyType({**self.verdicts, **mended}))

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
