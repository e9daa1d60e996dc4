"""ClassifierFigures: how well a classifier tells micrographs that it has not learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....progress import Progress, silent
from ..drop_classifier import BATCH, DropClassifier
from .examples import Examples


@dataclass(frozen=True, eq=False)
class ClassifierFigures:
    """Counts of true and told classes.

    Parameters
    ----------
    class_names : tuple of str
        Classes.
    confusion : ndarray of int64, shape (true, told)
        Number of images.
    """

    class_names: tuple[str, ...]
    confusion: NDArray[np.int64]

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall of each class, 0 of one that was neither there nor told."""
        both = self.confusion.sum(axis=0) + self.confusion.sum(axis=1)
        found: NDArray[np.float64] = 2 * np.diag(self.confusion) / np.maximum(both, 1)
        return found

    @property
    def macro_f1(self) -> float:
        """Mean of F1 over the classes."""
        return float(self.f1.mean())

    def text(self) -> str:
        """Return the figures as a table."""
        width = max(len(name) for name in self.class_names) + 2
        head = " " * width + "".join(f"{name:>{width}}" for name in self.class_names) + f"{'F1':>8}"
        rows = [
            f"{name:<{width}}" + "".join(f"{count:>{width}}" for count in row) + f"{f1:>8.3f}"
            for name, row, f1 in zip(self.class_names, self.confusion, self.f1, strict=True)
        ]
        return "\n".join(["Rows: true class; columns: told class.", head, *rows, f"Macro F1: {self.macro_f1:.3f}", ""])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        return {
            "images": int(self.confusion.sum()),
            "macro_f1": round(self.macro_f1, 4),
            "f1": {name: round(float(one), 4) for name, one in zip(self.class_names, self.f1, strict=True)},
            "confusion": self.confusion.tolist(),
        }


def judge_classifier(classifier: DropClassifier, examples: Examples, progress: Progress = silent) -> ClassifierFigures:
    """Classify examples and count; those that cannot be opened are left out."""
    names = classifier.class_names
    confusion = np.zeros((len(names), len(names)), np.int64)
    count = len(examples)
    for first in range(0, count, BATCH):
        progress(first / count, f"image {first + 1} of {count}, unseen")
        squares, true = [], []
        for number in range(first, min(first + BATCH, count)):
            try:
                values, name = examples[number]
            except InputError:
                continue
            squares.append(classifier.prepared(values))
            true.append(names.index(name))
        if squares:
            told = classifier.of_prepared(np.stack(squares)).argmax(axis=1)
            np.add.at(confusion, (np.array(true), told), 1)
    return ClassifierFigures(names, confusion)
