"""ClassifiedDrop: what a classifier says of one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...drops.classes import DROP_CLASSES


@dataclass(frozen=True)
class ClassifiedDrop:
    """What a classifier says of a micrograph, or why it says nothing.

    Parameters
    ----------
    path : Path
        Its file.
    class_names : tuple of str
        Classes, in the order of the probabilities.
    probabilities : tuple of float or None
        Probability of each class; None of an image that could not be used.
    problem : str
        Why, in a sentence; empty otherwise.
    assumptions : tuple of str
        What was assumed of the file, or is not used.
    """

    path: Path
    class_names: tuple[str, ...] = DROP_CLASSES
    probabilities: tuple[float, ...] | None = None
    problem: str = ""
    assumptions: tuple[str, ...] = ()

    @property
    def drop_class(self) -> str | None:
        """The most probable class; None of an image that could not be used."""
        if self.probabilities is None:
            return None
        return self.class_names[self.probabilities.index(max(self.probabilities))]

    @property
    def crystals_probability(self) -> float | None:
        """Probability of crystals; None of an image that could not be used, or of a classifier that does not tell."""
        if self.probabilities is None or "crystals" not in self.class_names:
            return None
        return self.probabilities[self.class_names.index("crystals")]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        found: dict[str, Any] = {"path": str(self.path), "pred_class": self.drop_class}
        if self.probabilities is None:
            found["problem"] = self.problem
        else:
            found["probabilities"] = {
                name: round(one, DIGITS) for name, one in zip(self.class_names, self.probabilities, strict=True)
            }
        return found


DIGITS = 6
"""Of probabilities that are written: the same in whichever batch an image was."""
