"""Streams of simulated drops to train networks on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from ...drops.classes import DROP_CLASSES
from ...drops.objects import DropObjects
from .drop_conditions import DropConditions
from .simulate_drop import simulated_drop


def classified_drops(
    seed: int, conditions: DropConditions | None = None, first: int = 0, step: int = 1
) -> Iterator[tuple[NDArray[np.uint8], str]]:
    """Simulate drops without end, of each class as many.

    Parameters
    ----------
    seed : int
        Seed of the series.
    conditions : DropConditions, optional
        What is drawn from; its shares of the classes are not used.
    first, step : int
        Number of the first example, and from one to the next, so that several processes can share a series. The class
        of an example follows from its number.

    Yields
    ------
    values : ndarray of uint8, shape (row, column, 3)
    drop_class : str
    """
    for number in count(first, step):
        made = simulated_drop(seed, number, conditions, class_of_example(number))
        yield made.image.values, made.drop_class


def outlined_drops(
    seed: int,
    conditions: DropConditions | None = None,
    first: int = 0,
    step: int = 1,
    with_crystals: float = 0.8,
) -> Iterator[tuple[NDArray[np.uint8], DropObjects]]:
    """Simulate drops without end with their outlines; most have crystals.

    Parameters
    ----------
    seed : int
        Seed of the series.
    conditions : DropConditions, optional
        What is drawn from; its shares of the classes are not used.
    first, step : int
        Number of the first example, and from one to the next.
    with_crystals : float
        Part of the examples that are of class crystals; the others share the rest alike.

    Yields
    ------
    values : ndarray of uint8, shape (row, column, 3)
    objects : DropObjects
        Outlines of drop and crystals.
    """
    rest = [name for name in DROP_CLASSES if name != "crystals"]
    for number in count(first, step):
        # Evenly spread: the fraction of number times the golden ratio fills 0 to 1 without gaps.
        place = (number * 0.6180339887498949) % 1.0
        share = (place - with_crystals) / max(1 - with_crystals, 1e-9)
        drop_class = "crystals" if place < with_crystals else rest[min(int(share * len(rest)), len(rest) - 1)]
        made = simulated_drop(seed, number, conditions, drop_class)
        yield made.image.values, made.objects


def class_of_example(number: int) -> str:
    """Class of the example of a number in :func:`classified_drops`: each has its turn."""
    return DROP_CLASSES[number % len(DROP_CLASSES)]
