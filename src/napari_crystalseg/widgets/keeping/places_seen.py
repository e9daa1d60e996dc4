"""What was found at places: as it is kept on disk, and put back into a list that is made anew."""

from __future__ import annotations

from dataclasses import dataclass

from ...review.places.place import Place
from ...review.session.review_state import Tick
from ..session.place_review import PlaceReview, name_of

Sides = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
_SAME_SHARE = 0.5


@dataclass(frozen=True)
class PlacesSeen:
    """What was found at the places of a list, and where in it the user is.

    Parameters
    ----------
    ticks : tuple of Tick
        Places that were looked at.
    row : str
        Name of the place that is being looked at; empty where none is.
    row_box : ((int, int), (int, int), (int, int)) or None
        Start and stop of its box along (z, y, x), voxels.
    listed : tuple of boxes
        Boxes of all places of the list: ticks of earlier lists count where theirs is not among them.
    """

    ticks: tuple[Tick, ...] = ()
    row: str = ""
    row_box: Sides | None = None
    listed: tuple[Sides, ...] = ()

    @classmethod
    def of(cls, review: PlaceReview) -> PlacesSeen:
        """Take it from the list at hand."""
        listed = tuple(sides_of(place) for place in review.places.places)
        if review.at is None or review.place is None:
            return cls(review.ticks(), listed=listed)
        return cls(review.ticks(), name_of(review.place, review.at), listed[review.at], listed)


def with_earlier(review: PlaceReview, ticks: tuple[Tick, ...], row_box: Sides | None) -> PlaceReview:
    """Return a list that was just made with the ticks of an earlier one, and at its row.

    Parameters
    ----------
    review : PlaceReview
        A list in which nothing was found yet.
    ticks : tuple of Tick
        What was found before. A place is the same where more than half of both boxes together is in each.
    row_box : ((int, int), (int, int), (int, int)) or None
        Box of the place that was being looked at: the list is left just before it, from where the stage goes to the
        next.
    """
    boxes = [sides_of(place) for place in review.places.places]
    for tick in ticks:
        number = _same(tick.box, boxes)
        if number is not None:
            review = review.ticked(number, tick.verdict)
    row = None if row_box is None else _same(row_box, boxes)
    return review if row is None else review.going_to(row - 1 if row else None)


def not_listed(ticks: tuple[Tick, ...], listed: tuple[Sides, ...]) -> tuple[Tick, ...]:
    """Return the ticks of places that a list does not hold any more."""
    return tuple(tick for tick in ticks if _same(tick.box, list(listed)) is None)


def sides_of(place: Place) -> Sides:
    """Return start and stop of the box of a place along (z, y, x), voxels."""
    z, y, x = ((int(side.start), int(side.stop)) for side in place.box)
    return z, y, x


def _same(box: Sides, boxes: list[Sides]) -> int | None:
    shares = [_shared(box, other) for other in boxes]
    best = max(range(len(boxes)), key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] > _SAME_SHARE else None


def _shared(one: Sides, other: Sides) -> float:
    """Part of two boxes together that is in both."""
    both, first, second = 1, 1, 1
    for (a, b), (c, d) in zip(one, other, strict=True):
        both *= max(0, min(b, d) - max(a, c))
        first *= b - a
        second *= d - c
    return both / max(1, first + second - both)
