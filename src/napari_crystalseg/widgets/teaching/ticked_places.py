"""Places that were seen to before the whole volume was taught, and which of them teaching left alone; without Qt."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..layers.layer_place import finest
from ..session.place_review import PlaceReview


class TickedPlaces:
    """Remembers what labels the places that were seen to have.

    Parameters
    ----------
    review : PlaceReview
        The list as it is before the labels are taught.
    """

    def __init__(self, review: PlaceReview) -> None:
        self._review = review
        self._labels = {number: self._part(number, finest(review.layer)).copy() for number in review.places.done}

    def left_alone(self, labels: NDArray[np.uint8]) -> PlaceReview:
        """Return the list with those ticked that have the labels still with which they were seen to.

        Parameters
        ----------
        labels : ndarray of uint8, shape (z, y, x)
            All labels as they are now.
        """
        review = self._review
        done = {number for number, part in self._labels.items() if np.array_equal(part, self._part(number, labels))}
        verdicts = {number: verdict for number, verdict in review.verdicts.items() if number in done}
        places = replace(review.places, done=frozenset(done))
        return replace(review, places=places, verdicts=MappingProxyType(verdicts))

    def _part(self, number: int, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        place = self._review.places.places[number]
        return np.asarray(labels[place.box])[place.mask]
