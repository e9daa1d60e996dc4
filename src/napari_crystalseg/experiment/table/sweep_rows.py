"""Which sweep of an experiment list each reflection belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..experiment import Experiment
from .reflections import Reflections


def sweep_numbers(experiment: Experiment, reflections: Reflections) -> NDArray[np.int64]:
    """Return the place of each reflection's sweep in the experiment list: by identifier, else by the column ``id``.

    Returns
    -------
    ndarray of int64, shape (reflection,)
        From 0; -1 for spots that were never indexed, which could be of any of several sweeps.

    Raises
    ------
    InputError
        The table names an experiment that the list does not hold, or one name stands for two experiments.
    """
    assert reflections.experiment_id is not None
    ids = reflections.experiment_id
    numbers = np.full(len(ids), 0 if len(experiment.sweeps) == 1 else -1, dtype=np.int64)
    _refuse_twice((sweep.identifier for sweep in experiment.sweeps), "The experiment list")
    present = [int(i) for i in np.unique(ids) if i >= 0]
    _refuse_twice((name for i, name in reflections.identifiers.items() if i >= 0), "The reflection table")
    named = {sweep.identifier: place for place, sweep in enumerate(experiment.sweeps) if sweep.identifier}
    taken: dict[int, int] = {}
    for i in present:
        name = reflections.identifiers.get(i, "")
        if name and named:
            if name not in named:
                raise InputError(
                    f"The reflection table refers to experiment {name}, which the experiment file does not hold; "
                    "give the .expt and .refl files of the same step."
                )
            place = named[name]
        elif i < len(experiment.sweeps):
            place = i
        else:
            raise InputError(
                f"The reflection table refers to experiment {i}, but the experiment file holds "
                f"{len(experiment.sweeps)}; give the .expt and .refl files of the same step."
            )
        if place in taken:
            raise InputError(
                f"The numbers {taken[place]} and {i} of the reflection table both stand for experiment {place}; "
                "give the .expt and .refl files of the same step."
            )
        taken[place] = i
        numbers[ids == i] = place
    return numbers


def missing_sweeps(experiment: Experiment, numbers: NDArray[np.int64]) -> str:
    """Say which experiments have no reflection, as DIALS counts them, from 0; empty where each has some."""
    n = len(experiment.sweeps)
    missing = [i for i in range(n) if not (numbers == i).any()]
    if not missing:
        return ""
    several = len(missing) > 1
    told = ", ".join(str(i) for i in missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
    return (
        f"Experiment{'s' if several else ''} {told} (of {n}, counted from 0) {'have' if several else 'has'} no "
        "reflections in the table: are all of its rows of the experiments that it names?"
    )


def _refuse_twice(names: Iterable[str], where: str) -> None:
    counts = Counter(name for name in names if name)
    for name, count in counts.items():
        if count > 1:
            raise InputError(
                f"{where} gives the identifier '{name}' to {count} experiments, so which sweep a reflection belongs to "
                "cannot be told; write both files again with dials.combine_experiments."
            )
