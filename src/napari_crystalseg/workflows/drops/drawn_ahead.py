"""Simulated examples that a process of its own draws while the caller learns from earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ...drops.objects import DropObjects
from ...errors import CrystalSegError
from ...jobs import Failure, Job, Result, Worker
from ...progress import Progress, silent
from ...simulation.drops import DropConditions, outlined_drops

AT_ONCE = 16
"""Examples of one call: as many again are drawn while they are used."""

Outlined = tuple[NDArray[np.uint8], DropObjects]


def outlined_examples(
    seed: int, first: int, number: int, conditions: DropConditions | None = None, progress: Progress = silent
) -> list[Outlined]:
    """Simulate outlined micrographs of a series, from a number on.

    Parameters
    ----------
    seed : int
        Seed of the series.
    first, number : int
        Number of the first, and how many.
    conditions : DropConditions, optional
        What they are drawn from.
    progress : Progress, optional
        Told how many are done.

    Returns
    -------
    list of (ndarray of uint8, DropObjects)
        Micrographs, shape (row, column, 3), and their outlines.
    """
    drawn = []
    for n, one in enumerate(islice(outlined_drops(seed, conditions, first), number)):
        drawn.append(one)
        progress((n + 1) / number, f"drop {n + 1} of {number}")
    return drawn


def drawn_ahead(
    worker: Worker, seed: int, first: int = 0, conditions: DropConditions | None = None
) -> Iterator[Outlined]:
    """Yield outlined micrographs of a series without end, as a worker draws them ahead.

    Which they are depends on seed and number alone, not on how fast they are drawn.

    Parameters
    ----------
    worker : Worker
        Draws them; it has nothing else to do meanwhile.
    seed : int
        Seed of the series.
    first : int
        Number of the first.
    conditions : DropConditions, optional
        What they are drawn from.

    Yields
    ------
    (ndarray of uint8, DropObjects)
        A micrograph, shape (row, column, 3), and its outlines.

    Raises
    ------
    CrystalSegError
        The worker could not draw them.
    """

    def start(number: int) -> Job:
        return worker.start(outlined_examples, seed, number, AT_ONCE, conditions)

    job = start(first)
    while True:
        outcome = job.wait()
        if not isinstance(outcome, Result):
            cause = outcome.cause if isinstance(outcome, Failure) else "it was cancelled"
            raise CrystalSegError(f"The drops to learn from could not be simulated: {cause}")
        first += AT_ONCE
        job = start(first)
        yield from outcome.value
