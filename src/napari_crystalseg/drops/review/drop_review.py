"""DropReview: class, outlines and dispensing point of one micrograph as a person left them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...errors import InputError
from ...provenance import Provenance
from ..classes import DROP_CLASSES
from ..objects import DropObjects

Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class AutomaticFindings:
    """What the networks said of a micrograph before anybody touched it.

    Parameters
    ----------
    class_names : tuple of str
        Classes that the probabilities are of.
    probabilities : tuple of float
        Between 0 and 1, one for each class; empty where it was not classified.
    objects : DropObjects or None
        Drops and crystals with their scores, those below the limit included; None where nothing was looked for.
    place_px : (float, float) or None
        Row and column of the dispensing point that was computed.
    """

    class_names: tuple[str, ...] = DROP_CLASSES
    probabilities: tuple[float, ...] = ()
    objects: DropObjects | None = None
    place_px: Place | None = None

    @property
    def drop_class(self) -> str | None:
        """The most probable class; None where it was not classified."""
        if not self.probabilities:
            return None
        return self.class_names[int(np.argmax(self.probabilities))]


@dataclass(frozen=True, eq=False)
class DropReview:
    """What was accepted, or begun and not accepted yet, of one micrograph.

    Parameters
    ----------
    image_name : str
        Name of its file.
    image_sha256 : str
        Hash of its file: a review is of these pixels and of no others.
    objects : DropObjects
        Drops and crystals; what was drawn by hand has the score 1.
    drop_class : str or None
        ``clear``, ``crystals``, ``other`` or ``precipitate``; None where nobody said.
    class_by_hand : bool
        Whether a person chose the class, though it may be the most probable one.
    objects_by_hand : bool
        Whether outlines were edited.
    place_px : (float, float) or None
        Row and column of the dispensing point, where the centre of the first pixel is (0, 0); None without one.
    place_by_hand : bool
        Whether a person put it there.
    lowest_score : float
        Score, 0 to 1, below which what was found and not edited was left out.
    pixel_size_um : float or None
        Side of a pixel, µm; None where nobody knows.
    pixel_size_assumed : bool
        Whether it is that of CHiMP's images, and neither the file nor a person stated it.
    accepted : bool
        Whether it was accepted; else it was only begun.
    saved_at : str
        Date and time, ISO 8601.
    automatic : AutomaticFindings
        What was found by itself, to compare with.
    provenance : Provenance
        File, networks, and what was done.

    Raises
    ------
    InputError
        Another class, a place that is not finite, a size of a pixel that is not positive, or a limit outside 0 to 1.
    """

    image_name: str
    image_sha256: str
    objects: DropObjects
    drop_class: str | None = None
    class_by_hand: bool = False
    objects_by_hand: bool = False
    place_px: Place | None = None
    place_by_hand: bool = False
    lowest_score: float = 0.6
    pixel_size_um: float | None = None
    pixel_size_assumed: bool = False
    accepted: bool = True
    saved_at: str = ""
    automatic: AutomaticFindings = field(default_factory=AutomaticFindings)
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        if self.drop_class is not None and self.drop_class not in DROP_CLASSES:
            raise InputError(f"A micrograph is of the class {', '.join(DROP_CLASSES)}, not '{self.drop_class}'.")
        if self.place_px is not None and not np.isfinite(self.place_px).all():
            raise InputError(f"The dispensing point of {self.image_name} is not a place: {self.place_px}.")
        size = self.pixel_size_um
        if size is not None and not (np.isfinite(size) and size > 0):
            raise InputError(f"The side of a pixel must be a positive length in µm, not {size}.")
        if not 0 <= self.lowest_score <= 1:
            raise InputError(f"The lowest score lies between 0 and 1, not at {self.lowest_score}.")

    @property
    def looked_for(self) -> bool:
        """Whether a network or a person looked for drops and crystals: else none is not "there are none"."""
        return self.automatic.objects is not None or self.objects_by_hand or bool(self.objects.objects)
