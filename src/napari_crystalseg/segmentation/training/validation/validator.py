"""Validator: how the averaged network of a training does on cases that it is not shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...streams.dataset import CaseDataset, TrainingCase, read_cases, working_size_of
from .validation_sets import Predict, SingleSlice, StackedSlice, ValidationSet, mean_dice, read_slice

_MOST_HELD_OUT = 12
_MOST_VALIDATED = 24  # cases of a set


class Shows(Protocol):
    """What a network is shown of a case or slice, which differs between networks of volumes and of slices."""

    def set_of(self, name: str, cases: Sequence[TrainingCase]) -> ValidationSet:
        """Cases to validate on, as the network is to see them."""

    def slice_of(self, name: str, voxel_values: NDArray[np.float32]) -> StackedSlice | SingleSlice:
        """A slice of shape (y, x) to validate on, as the network is to see it."""


class Validator:
    """Validation sets of a training.

    Parameters
    ----------
    paths : sequence of Path
        Folders of cases, or slices in ``.npy`` files, that are never trained on; a folder may still be filling.
    work_dir : Path
        Gets ``validation``, the prepared cases, and pictures of slices.
    working_size : int
        Most voxels along an axis of the finest working grid.
    shows : Shows
        What the network is shown.
    report : callable
        Takes the lines of the log.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        work_dir: Path,
        working_size: int,
        shows: Shows,
        report: Callable[[str], None],
    ) -> None:
        self._paths, self._work_dir, self._working_size = tuple(paths), work_dir, working_size
        self._shows, self._report = shows, report

    def scores(self, predict: Predict, held_out: CaseDataset | None, step: int) -> dict[str, dict[str, float]]:
        """Score a network on each set, and report the scores.

        Parameters
        ----------
        predict : callable
            The network.
        held_out : CaseDataset or None
            Cases of the training's own folders that it is not shown.
        step : int
            Steps that the network has learnt.

        Returns
        -------
        dict of str to dict
            The scores of each set, rounded.
        """
        scores: dict[str, dict[str, float]] = {}
        for each in (*self._held_out(held_out), *self._asked_for()):
            found = each.scores(predict, self._work_dir)
            scores[each.name] = {name: round(value, 4) for name, value in found.items()}
            listed = "  ".join(f"{name} {value:.3f}" for name, value in found.items())
            self._report(f"step {step}  {each.name} ({each.kind})  {listed}")
        return scores

    def report_mean(self, scores: dict[str, dict[str, float]], step: int) -> None:
        """Report the mean over the sets that have a Dice."""
        if (mean := mean_dice(scores)) is not None:
            self._report(f"step {step}  mean over the sets {mean:.3f}")

    def _held_out(self, dataset: CaseDataset | None) -> list[ValidationSet]:
        """Some cases of the training's own folders; nothing without a folder."""
        if dataset is None:
            return []
        names = [name for name in dataset.identifiers if working_size_of(name) == self._working_size]
        chosen = _spread(names, _MOST_HELD_OUT)
        return [self._shows.set_of("held out", [dataset.case(name) for name in chosen])]

    def _asked_for(self) -> list[ValidationSet | StackedSlice | SingleSlice]:
        sets: list[ValidationSet | StackedSlice | SingleSlice] = []
        for path in self._paths:
            if not path.is_dir():
                sets.append(self._shows.slice_of(path.stem, read_slice(path)))
                continue
            prepared = self._work_dir / "validation" / path.name
            cases = read_cases(path, prepared, self._working_size, self._report)
            if cases:
                sets.append(self._shows.set_of(path.name, _spread(cases, _MOST_VALIDATED)))
            else:
                self._report(f"{path} holds no case to validate on")
        return sets


def _spread(values: Sequence[Any], most: int) -> tuple[Any, ...]:
    """So many of a sequence, evenly spread over it."""
    if len(values) <= most:
        return tuple(values)
    return tuple(values[number * len(values) // most] for number in range(most))
