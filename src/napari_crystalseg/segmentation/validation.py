"""Validation sets: cases that a training never sees, and how a network does on each set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Material
from .metrics import SCORED
from .normalisation import normalise
from .working_grid import WorkingGrid

if TYPE_CHECKING:
    from .dataset import Case

Predict = Callable[[NDArray[np.float32]], NDArray[np.uint8]]
"""``predict(greys)`` gives the class of each voxel of normalised greys on the working grid."""

COPIES = (100, 200, 400, 900)
"""How often a single slice is stacked: the answer must not depend on it."""


@dataclass(frozen=True)
class ValidationSet:
    """Cases of one kind.

    Parameters
    ----------
    name : str
        Name of the kind.
    cases : tuple of Case
        Normalised greys and labels on the working grid.
    """

    name: str
    cases: tuple[Case, ...]

    def dice(self, predict: Predict) -> dict[str, float]:
        """Mean Dice of liquor, loop and crystal, each case counting alike, and the mean of the three.

        Of a case a class counts that is in its labels or in what is predicted.
        """
        found: dict[Material, list[float]] = {material: [] for material in SCORED}
        for case in self.cases:
            predicted, truth = predict(np.asarray(case.greys, dtype=np.float32)), np.asarray(case.labels)
            for material, values in found.items():
                both = int(np.count_nonzero((predicted == material) & (truth == material)))
                total = int(np.count_nonzero(predicted == material)) + int(np.count_nonzero(truth == material))
                if total:
                    values.append(2 * both / total)
        means = {material.title: float(np.mean(values)) for material, values in found.items() if values}
        return {**means, "mean": float(np.mean(list(means.values())))} if means else {}


@dataclass(frozen=True)
class StackedSlice:
    """One slice without known labels, stacked to volumes of different heights.

    Parameters
    ----------
    name : str
        Name of the slice.
    greys : ndarray of float32, shape (y, x)
        The slice.
    working_size : int
        Voxels along the longest axis of the working grid.
    """

    name: str
    greys: NDArray[np.float32]
    working_size: int

    def predictions(self, predict: Predict) -> dict[int, NDArray[np.uint8]]:
        """Classes of the slice in the middle of each stack, by the number of copies, on the working grid."""
        found = {}
        for copies in COPIES:
            stack = np.broadcast_to(self.greys, (copies, *self.greys.shape))
            grid = WorkingGrid.of(stack.shape, (1.0, 1.0, 1.0), self.working_size)
            predicted = predict(normalise(grid.down(stack)))
            found[copies] = predicted[len(predicted) // 2]
        return found

    def agreement(self, predictions: dict[int, NDArray[np.uint8]]) -> dict[str, float]:
        """Share of the pixels of which all stacks say the same, and the mean share of each class."""
        stacks = np.stack(_of_one_size(list(predictions.values())))
        shares = {material.title: float((stacks == material).mean()) for material in SCORED}
        return {"agreement": float((stacks == stacks[0]).all(axis=0).mean()), **shares}


def read_slice(path: Path, working_size: int) -> StackedSlice:
    """Read a slice of greys from a ``.npy`` file.

    Raises
    ------
    InputError
        Not an array of two axes.
    """
    try:
        greys = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if greys.ndim != 2:
        raise InputError(f"{path} has {greys.ndim} axes; a slice to validate on has two, (y, x).")
    return StackedSlice(path.stem, greys.astype(np.float32), working_size)


def _of_one_size(maps: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Bring class maps to the shape of the largest, by the nearest pixel."""
    shape = tuple(max(each.shape[axis] for each in maps) for axis in range(2))
    rows_columns = [[(np.arange(n) * each.shape[axis]) // n for axis, n in enumerate(shape)] for each in maps]
    return [each[np.ix_(*places)] for each, places in zip(maps, rows_columns, strict=True)]


def mean_dice(results: dict[str, dict[str, Any]]) -> float | None:
    """Mean over the sets that have a Dice."""
    values = [result["mean"] for result in results.values() if "mean" in result]
    return float(np.mean(values)) if values else None
