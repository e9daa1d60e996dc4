"""Validation sets: cases that a training never sees, and how a network does on each set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....labels import Material
from ...grids.normalisation import normalise
from ...grids.working_grid import WorkingGrid
from ...scoring.metrics import SCORED, class_dice
from .slice_picture import draw_slice

if TYPE_CHECKING:
    from ...streams.dataset import TrainingCase

Predict = Callable[[NDArray[np.float32]], NDArray[np.uint8]]
"""``predict(voxel_values)`` gives the class of each voxel of normalised voxel values on the working grid."""

COPIES = (100, 200, 400, 900)
"""How often a single slice is stacked: the answer must not depend on it."""
EVERY = 8
"""Of a case whose slices are looked at one by one, every eighth is."""


@dataclass(frozen=True)
class ValidationSet:
    """Cases of one kind.

    Parameters
    ----------
    name : str
        Name of the kind.
    cases : tuple of Case
        Normalised voxel values and labels on the working grid.
    """

    name: str
    cases: tuple[TrainingCase, ...]

    @property
    def kind(self) -> str:
        """What the scores are, in words."""
        return f"Dice of {len(self.cases)} cases"

    def scores(self, predict: Predict, keep_in: Path | None = None) -> dict[str, float]:
        """As :meth:`dice`; there is no picture to keep."""
        return self.dice(predict)

    def dice(self, predict: Predict) -> dict[str, float]:
        """Mean Dice of liquor, loop and crystal, each case counting alike, and the mean of the three.

        Of a case a class counts that is in its labels or in what is predicted.
        """
        found: dict[Material, list[float]] = {material: [] for material in SCORED}
        for case in self.cases:
            predicted = predict(np.asarray(case.voxel_values, dtype=np.float32))
            for material, value in class_dice(predicted, np.asarray(case.labels)).items():
                if value is not None:
                    found[material].append(value)
        means = {material.title: float(np.mean(values)) for material, values in found.items() if values}
        return {**means, "mean": float(np.mean(list(means.values())))} if means else {}


@dataclass(frozen=True)
class StackedSlice:
    """One slice without known labels, stacked to volumes of different heights.

    Parameters
    ----------
    name : str
        Name of the slice.
    voxel_values : ndarray of float32, shape (y, x)
        The slice.
    working_size : int
        Voxels along the longest axis of the working grid.
    """

    name: str
    voxel_values: NDArray[np.float32]
    working_size: int
    kind: ClassVar[str] = "stacked"

    def scores(self, predict: Predict, keep_in: Path | None = None) -> dict[str, float]:
        """As :meth:`agreement`, of what ``predict`` makes of the stacks; a picture of it is kept in a folder."""
        predictions = self.predictions(predict)
        if keep_in is not None:
            named = {f"{copies} copies": classes for copies, classes in predictions.items()}
            draw_slice(self.voxel_values, named, keep_in / f"{self.name}.png")
        return self.agreement(predictions)

    def predictions(self, predict: Predict) -> dict[int, NDArray[np.uint8]]:
        """Classes of the slice in the middle of each stack, by the number of copies, on the working grid."""
        found = {}
        for copies in COPIES:
            stack = np.broadcast_to(self.voxel_values, (copies, *self.voxel_values.shape))
            grid = WorkingGrid.of(stack.shape, (1.0, 1.0, 1.0), self.working_size)
            predicted = predict(normalise(grid.average(stack)))
            found[copies] = predicted[len(predicted) // 2]
        return found

    def agreement(self, predictions: dict[int, NDArray[np.uint8]]) -> dict[str, float]:
        """Share of the pixels of which all stacks say the same, and the mean share of each class."""
        stacks = np.stack(_of_one_size(list(predictions.values())))
        shares = {material.title: float((stacks == material).mean()) for material in SCORED}
        return {"agreement": float((stacks == stacks[0]).all(axis=0).mean()), **shares}


@dataclass(frozen=True)
class SingleSlice:
    """One slice without known labels, seen by a network of slices.

    Parameters
    ----------
    name : str
        Name of the slice.
    voxel_values : ndarray of float32, shape (y, x)
        The slice.
    working_size : int
        Pixels along the longer edge of the working grid.
    """

    name: str
    voxel_values: NDArray[np.float32]
    working_size: int
    kind: ClassVar[str] = "shares of a slice"

    def prediction(self, predict: Predict) -> NDArray[np.uint8]:
        """Classes of the slice on the working grid, shape (y, x)."""
        grid = WorkingGrid.of_slices((1, *self.voxel_values.shape), (1.0, 1.0, 1.0), self.working_size)
        labels: NDArray[np.uint8] = predict(normalise(grid.average(self.voxel_values[None])))[0]
        return labels

    def scores(self, predict: Predict, keep_in: Path | None = None) -> dict[str, float]:
        """Share of the field that each class takes; a picture of it is kept in a folder."""
        predicted = self.prediction(predict)
        if keep_in is not None:
            draw_slice(self.voxel_values, {"slice by itself": predicted}, keep_in / f"{self.name}.png")
        return {material.title: float((predicted == material).mean()) for material in SCORED}


def in_slices(case: TrainingCase) -> TrainingCase | None:
    """Take every eighth slice that holds a sample, each normalised by itself, as slices alone are.

    Parameters
    ----------
    case : Case
        Normalised voxel values and labels of a volume.

    Returns
    -------
    Case or None
        Its slices one upon another; None where none of them holds a sample.
    """
    from ...streams.dataset import TrainingCase

    first = EVERY // 2 if len(case.labels) > EVERY // 2 else 0
    labels = np.asarray(case.labels[first::EVERY])
    filled = (labels > 0).any(axis=(1, 2))
    if not filled.any():
        return None
    voxel_values = np.asarray(case.voxel_values[first::EVERY], dtype=np.float32)[filled]
    # A slice of one voxel value has no levels of its own.
    own = [normalise(each[None])[0] if each.max() > each.min() else each for each in voxel_values]
    return TrainingCase(np.stack(own).astype(np.float16), labels[filled])


def read_slice(path: Path) -> NDArray[np.float32]:
    """Read a slice of voxel values from a ``.npy`` file.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    ndarray of float32, shape (y, x)

    Raises
    ------
    InputError
        Not an array of two axes.
    """
    if path.suffix != ".npy":
        raise InputError(f"{path} is neither a folder of cases nor a slice in a .npy file; validate on one of them.")
    try:
        voxel_values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} cannot be read as an array of numbers; is it damaged?") from error
    if voxel_values.ndim != 2 or not np.issubdtype(voxel_values.dtype, np.number):
        raise InputError(
            f"{path} has {voxel_values.ndim} axes of {voxel_values.dtype}; a slice to validate on has two, (y, x)."
        )
    if not np.isfinite(voxel_values).all() or not voxel_values.max() > voxel_values.min():
        raise InputError(f"{path} holds values that are not finite, or one value only; nothing can be told of it.")
    return np.asarray(voxel_values, dtype=np.float32)


def _of_one_size(maps: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Bring class maps to the shape of the largest, by the nearest pixel."""
    shape = tuple(max(each.shape[axis] for each in maps) for axis in range(2))
    rows_columns = [[(np.arange(n) * each.shape[axis]) // n for axis, n in enumerate(shape)] for each in maps]
    return [each[np.ix_(*places)] for each, places in zip(maps, rows_columns, strict=True)]


def mean_dice(results: dict[str, dict[str, Any]]) -> float | None:
    """Mean over the sets that have a Dice."""
    values = [result["mean"] for result in results.values() if "mean" in result]
    return float(np.mean(values)) if values else None
