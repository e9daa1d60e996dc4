"""OpenedDrop: the micrograph that is reviewed, what was found in it, and what a person did to that."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....drops.classes import DROP_CLASSES
from ....drops.dispensing import dispensing_position, dispensing_target
from ....drops.objects import CRYSTAL, DROP, DropObjects
from ....drops.review import AutomaticFindings, DropReview
from ....drops.review.edges import edges_px
from ....drops.review.object_labels import ObjectLabels
from ....drops.review.place_check import PlaceCheck, check_dispensing_place
from ....drops.review.review_file import review_to_dict
from ....io.drop_images import DropImage

Labels = NDArray[np.uint16]
Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class FollowedDrop:
    """What follows from labels as they are: outlines, and the dispensing point.

    Parameters
    ----------
    objects : DropObjects
        Drops and crystals.
    best_px : (float, float) or None
        Row and column of the best place; None where there is none.
    reason : str
        Why there, or why nowhere.
    check : PlaceCheck or None
        Of the place that was put by hand, or else of the best; None where there is neither.
    edges_px : tuple of ndarray of float64, shape (corner, 2)
        Edges of drops, rows and columns.
    """

    objects: DropObjects
    best_px: Place | None
    reason: str
    check: PlaceCheck | None
    edges_px: tuple[NDArray[np.float64], ...] = ()


class OpenedDrop:
    """State of the review of one micrograph.

    Parameters
    ----------
    number : int
        Its place among those that are open.
    image : DropImage
        The micrograph.
    found : DropObjects or None
        What the detector found, all scores; None where it was not asked.
    lowest_score : float
        Score, 0 to 1, from which on it is shown.
    review : DropReview, optional
        The newest review of these pixels.
    """

    def __init__(
        self,
        number: int,
        image: DropImage,
        found: DropObjects | None,
        lowest_score: float,
        review: DropReview | None = None,
    ) -> None:
        self.number = number
        self.image = image
        self.saved = review
        self.class_names: tuple[str, ...] = DROP_CLASSES
        self.probabilities: tuple[float, ...] = ()
        self.by_hand_px: Place | None = None
        self.class_by_hand: str | None = None
        if review is not None:
            lowest_score = review.lowest_score
            self.class_names, self.probabilities = review.automatic.class_names, review.automatic.probabilities
            self.by_hand_px = review.place_px if review.place_by_hand else None
            self.class_by_hand = review.drop_class if review.class_by_hand else None
            found = review.automatic.objects if review.automatic.objects is not None else found
        self.found = found
        objects = () if found is None else found.objects
        self.lowest_score = lowest_score
        self.crystals = ObjectLabels(image.shape, CRYSTAL, objects, lowest_score)
        self.drops = ObjectLabels(image.shape, DROP, objects, lowest_score)
        if review is not None:
            self.crystals.restored(review.objects.objects)
            self.drops.restored(review.objects.objects)

    @property
    def path(self) -> Path:
        """Its file."""
        assert self.image.path is not None
        return self.image.path

    def take_found(self, found: DropObjects, crystals: Labels, drops: Labels) -> tuple[Labels, Labels]:
        """Take what the detector found, below what was drawn meanwhile, uint16 (row, column); return new labels."""
        self.found = found
        return self.crystals.with_found(crystals, found.objects), self.drops.with_found(drops, found.objects)

    def filtered(self, lowest_score: float, crystals: Labels, drops: Labels) -> tuple[Labels, Labels]:
        """Show what was found from another score, 0 to 1, on; takes and returns labels, uint16 (row, column)."""
        self.lowest_score = lowest_score
        return self.crystals.filtered(crystals, lowest_score), self.drops.filtered(drops, lowest_score)

    def objects(self, crystals: Labels, drops: Labels) -> DropObjects:
        """Return what labels, uint16 (row, column), show."""
        return DropObjects(self.image.shape, (*self.drops.objects(drops), *self.crystals.objects(crystals)))

    def followed(self, crystals: Labels, drops: Labels, by_hand_px: Place | None) -> FollowedDrop:
        """Work out what follows from labels, uint16 (row, column), and from a place put by hand (row, column)."""
        objects = self.objects(crystals, drops)
        target = dispensing_target(objects, 0.0)
        best = None if target.position is None else target.position.place_px
        check = None if target.position is None else PlaceCheck(target.position.clearance_px)
        if by_hand_px is not None:
            check = check_dispensing_place(objects, by_hand_px)
        return FollowedDrop(objects, best, target.reason, check, edges_px(objects.of_kind(DROP)))

    def drop_class(self) -> str | None:
        """Class that was chosen, else the most probable one; None where neither is known."""
        if self.class_by_hand is not None or not self.probabilities:
            return self.class_by_hand
        return self.class_names[int(np.argmax(self.probabilities))]

    def edited(self, crystals: Labels, drops: Labels) -> bool:
        """Whether outlines were edited, by labels of uint16 (row, column)."""
        return bool(self.crystals.touched(crystals) or self.drops.touched(drops))

    def review(
        self,
        followed: FollowedDrop,
        edited: bool,
        accepted: bool,
        saved_at: str,
        pixel_size_um: float | None,
        pixel_size_assumed: bool,
    ) -> DropReview:
        """Return what is to be kept.

        Parameters
        ----------
        followed : FollowedDrop
            What follows from the labels.
        edited : bool
            Whether outlines were edited.
        accepted : bool
            Whether it is accepted, or begun alone.
        saved_at : str
            Date and time, ISO 8601.
        pixel_size_um : float or None
            Side of a pixel, µm; None where nobody knows.
        pixel_size_assumed : bool
            Whether it is that of CHiMP's images, and nobody stated it.
        """
        best = None
        if self.found is not None and (position := dispensing_position(self.found, self.lowest_score)) is not None:
            best = position.place_px
        name = self.path.name
        provenance = self.image.provenance
        sha256 = next(iter(provenance.inputs.values()), "")
        return DropReview(
            image_name=name,
            image_sha256=sha256,
            objects=followed.objects,
            drop_class=self.drop_class(),
            class_by_hand=self.class_by_hand is not None,
            objects_by_hand=edited,
            place_px=followed.best_px if self.by_hand_px is None else self.by_hand_px,
            place_by_hand=self.by_hand_px is not None,
            lowest_score=self.lowest_score,
            pixel_size_um=pixel_size_um,
            pixel_size_assumed=pixel_size_assumed,
            accepted=accepted,
            saved_at=saved_at,
            automatic=AutomaticFindings(self.class_names, self.probabilities, self.found, best),
            provenance=provenance.then("review", accepted=accepted, lowest_score=self.lowest_score),
        )

    def is_worth_keeping(self, review: DropReview) -> bool:
        """Whether a review that is not accepted says more than what is kept, or than what was found by itself.

        What networks said since, and a size of a pixel that was typed since, are nobody's doubt in what was accepted.
        """
        if self.saved is None:
            return review.objects_by_hand or review.place_by_hand or review.class_by_hand
        return _by_hand(review) != _by_hand(self.saved)


def _by_hand(review: DropReview) -> tuple[Any, ...]:
    """What of a review a person may have changed."""
    return (
        review_to_dict(review)["objects"],
        review.drop_class if review.class_by_hand else None,
        review.place_px if review.place_by_hand else None,
        review.lowest_score,
    )
