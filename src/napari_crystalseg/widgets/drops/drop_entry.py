"""DropEntry: what is known of one micrograph while a folder is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...drops.classes import DROP_CLASSES
from ...drops.contradiction import Contradiction, contradiction
from ...drops.objects import CRYSTAL, DropObjects
from ...drops.review.place_check import place_warning
from ..parts.levels import WARNING_SIGN
from ..tasks.found_drop import packed_objects, unpacked_objects
from .plate.plate_layout import WellPlace
from .plate.well_look import WellLook

if TYPE_CHECKING:
    from ...drops.review import DropReview


@dataclass(eq=False)
class DropEntry:
    """One micrograph of those that are open.

    Parameters
    ----------
    path : Path
        Its file.
    name : str
        Name of its well, or of the file where that tells none.
    place : (int, int, int) or None
        Row, column and subwell on the plate, from 0.
    class_names : tuple of str
        Classes that the probabilities are of.
    probabilities : tuple of float
        Between 0 and 1; empty where it was not classified.
    problem : str
        Why it cannot be shown, a sentence; empty where it can.
    accepted, begun : bool
        Whether its review was accepted, or begun and not accepted.
    drop_class : str or None
        Class that a person chose or accepted.
    crystals : int or None
        Number of crystals that were found or accepted; None where nothing was looked for.
    pixel_size_um : float or None
        Side of a pixel that the file states, µm, once it was read.
    place_warning : str
        What is wrong with a dispensing point that was put by hand, a sentence; empty where nothing is.
    packed : bytes or None
        What the detector found, few bytes; None where it was not asked.
    """

    path: Path
    name: str
    place: WellPlace | None = None
    class_names: tuple[str, ...] = DROP_CLASSES
    probabilities: tuple[float, ...] = ()
    problem: str = ""
    accepted: bool = False
    begun: bool = False
    drop_class: str | None = None
    crystals: int | None = None
    pixel_size_um: float | None = None
    place_warning: str = ""
    packed: bytes | None = field(default=None, repr=False)

    @property
    def found(self) -> DropObjects | None:
        """What the detector found, all scores; None where it was not asked."""
        return None if self.packed is None else unpacked_objects(self.packed)

    def keep_found(self, objects: DropObjects, lowest_score: float) -> None:
        """Keep what the detector found, and count the crystals of at least a score, 0 to 1."""
        self.packed = packed_objects(objects)
        if not (self.accepted or self.begun):
            self.crystals = len(objects.of_kind(CRYSTAL, lowest_score))

    def forget_found(self) -> None:
        """Forget what was found, such as by another network."""
        self.packed = None

    def keep_review(self, review: DropReview) -> None:
        """Take what a review says."""
        self.accepted, self.begun = review.accepted, not review.accepted
        self.drop_class = review.drop_class if review.accepted or review.class_by_hand else None
        self.crystals = len(review.objects.of_kind(CRYSTAL)) if review.looked_for else None
        self.place_warning = ""
        if review.place_px is not None and review.place_by_hand:
            self.place_warning = place_warning(review.objects, review.place_px)
        if review.automatic.probabilities and not self.probabilities:
            self.class_names, self.probabilities = review.automatic.class_names, review.automatic.probabilities

    def forget_review(self) -> None:
        """Forget a review that is not of these pixels, or cannot be read."""
        self.accepted = self.begun = False
        self.drop_class = self.crystals = None
        self.place_warning = ""

    @property
    def crystals_probability(self) -> float | None:
        """Probability that it shows crystals; None where it was not classified."""
        if not self.probabilities or "crystals" not in self.class_names:
            return None
        return self.probabilities[self.class_names.index("crystals")]

    @property
    def likely_class(self) -> str | None:
        """Class that a person chose, else the most probable one; None where neither is known."""
        if self.drop_class is not None or not self.probabilities:
            return self.drop_class
        return self.class_names[max(range(len(self.probabilities)), key=lambda place: self.probabilities[place])]

    @property
    def contradiction(self) -> Contradiction | None:
        """What does not go together of its class and its outlines; None where nothing does not."""
        return contradiction(self.likely_class, self.crystals)

    @property
    def warning(self) -> str:
        """What a person should look at before it is dispensed into, in sentences; empty where nothing is."""
        found = self.contradiction
        missed = found.sentence if found is not None and found.warning else ""
        return " ".join(filter(None, [self.place_warning, missed]))

    @property
    def look(self) -> WellLook:
        """How the plate shows it."""
        return WellLook(
            self.name,
            self.crystals_probability,
            self.likely_class,
            self.problem,
            self.accepted,
            self.begun,
            self._tip(),
            bool(self.warning),
        )

    def _tip(self) -> str:
        title = self.name if self.name == self.path.name else f"{self.name}, {self.path.name}"
        if self.problem:
            return f"{title}: {self.problem}"
        lines = [f"{title}."]
        if self.probabilities:
            shares = ", ".join(
                f"{name} {100 * one:.0f} %" for name, one in zip(self.class_names, self.probabilities, strict=True)
            )
            lines.append(f"Probabilities: {shares}.")
        else:
            lines.append("Not classified yet.")
        if self.crystals is not None:
            lines.append("1 crystal." if self.crystals == 1 else f"{self.crystals} crystals.")
        if self.warning:
            lines.append(f"{WARNING_SIGN} {self.warning}")
        if self.contradiction is not None and not self.contradiction.warning:
            lines.append(self.contradiction.sentence)
        if self.accepted:
            lines.append(f"Accepted as {self.drop_class}." if self.drop_class else "Accepted.")
        elif self.begun:
            lines.append("Review begun, not accepted.")
        return "\n".join(lines)
