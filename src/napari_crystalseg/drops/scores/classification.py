"""Scores of classes given to micrographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, shortened
from ..classes import DROP_CLASSES


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """How often classes were given rightly.

    Parameters
    ----------
    classes : tuple of str
        The classes.
    confusion : ndarray of int, shape (true class, given class)
        Numbers of images.

    Raises
    ------
    InputError
        A table of another shape.
    """

    classes: tuple[str, ...]
    confusion: NDArray[np.int_]

    def __post_init__(self) -> None:
        if self.confusion.shape != (len(self.classes),) * 2:
            raise InputError(
                f"The confusion table of {len(self.classes)} classes has as many rows and columns, "
                f"not the shape {self.confusion.shape}."
            )

    @property
    def number(self) -> int:
        """Number of images."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float | None:
        """Part of the images whose class is right, 0 to 1; None without images."""
        return float(np.trace(self.confusion) / self.number) if self.number else None

    @property
    def precision(self) -> dict[str, float | None]:
        """Of the images given a class, the part that is of it, 0 to 1; None where none was given it."""
        return dict(zip(self.classes, _ratios(np.diag(self.confusion), self.confusion.sum(0)), strict=True))

    @property
    def recall(self) -> dict[str, float | None]:
        """Of the images of a class, the part that was given it, 0 to 1; None where there are none."""
        return dict(zip(self.classes, _ratios(np.diag(self.confusion), self.confusion.sum(1)), strict=True))

    @property
    def f1(self) -> dict[str, float | None]:
        """Harmonic mean of precision and recall, 0 to 1; None of a class that is neither in the truth nor given."""
        both = self.confusion.sum(0) + self.confusion.sum(1)
        return dict(zip(self.classes, _ratios(2 * np.diag(self.confusion), both), strict=True))

    @property
    def macro_f1(self) -> float | None:
        """Mean of the F1 of the classes, those that are neither in the truth nor given left out."""
        defined = [one for one in self.f1.values() if one is not None]
        return float(np.mean(defined)) if defined else None

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON-ready values."""
        return {
            "images": self.number,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "classes": {
                name: {"precision": self.precision[name], "recall": self.recall[name], "f1": self.f1[name]}
                for name in self.classes
            },
            "confusion": {
                name: {other: int(self.confusion[row, column]) for column, other in enumerate(self.classes)}
                for row, name in enumerate(self.classes)
            },
        }


def classification_scores(
    truth: Sequence[str], given: Sequence[str], classes: Sequence[str] = DROP_CLASSES
) -> ClassificationScores:
    """Return how often classes were given rightly.

    Parameters
    ----------
    truth, given : sequence of str
        The class of each image, in the same order.
    classes : sequence of str
        The classes that there are.

    Returns
    -------
    ClassificationScores

    Raises
    ------
    InputError
        Another number of images, or a class that there is not.
    """
    if len(truth) != len(given):
        raise InputError(f"There are {len(truth)} true classes and {len(given)} given ones; compare the same images.")
    if strange := sorted({*truth, *given} - {*classes}):
        raise InputError(f"'{shortened(strange[0])}' is none of the classes {', '.join(classes)}.")
    places = {name: number for number, name in enumerate(classes)}
    confusion = np.zeros((len(places),) * 2, int)
    np.add.at(confusion, ([places[one] for one in truth], [places[one] for one in given]), 1)
    return ClassificationScores(tuple(classes), confusion)


def _ratios(parts: NDArray[np.int_], wholes: NDArray[np.int_]) -> list[float | None]:
    return [float(part / whole) if whole else None for part, whole in zip(parts, wholes, strict=True)]
