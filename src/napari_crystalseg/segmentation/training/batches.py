"""Batches: what each step of a training learns from, the next one drawn while a step is taken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from ..streams.streams import DrawnBatch, Streams
from .case_folders import CaseFolders

COARSE_SHARES = (0.6, 0.25)
"""Probability of a step on the coarser of two working grids, where a sample costs a third: at first, and at the end."""
_PLAIN = 0.5  # probability of plain contrast at the beginning of a training from nothing
_PLAIN_SHARE = 0.3  # of the budget, over which it falls to zero
_SECONDS_BETWEEN_LOOKS = 10  # where there is nothing to learn from yet


class Clock(Protocol):
    """How far a training is."""

    step: int
    began_from_weights: bool

    @property
    def spent(self) -> float:
        """Share of the budget spent, 0 to 1."""

    def spent_before(self, step: int) -> float:
        """Share of the budget spent before a step, 0 to 1."""

    def report(self, line: str) -> None:
        """Take a line of the log."""


class Batches:
    """Batches of a training; which samples a step sees depends on the seed, the step and what is known then.

    Parameters
    ----------
    streams : Streams
        Where samples come from.
    cases : CaseFolders
        Simulated samples.
    working_sizes : tuple of int
        Most voxels along an axis of the working grid: one, or a coarse and a fine one.
    seed : int
        Seed of the training.
    batch_size : int
        Samples in a step on the coarse working grid; half as many on the finest.
    steps_between_looks : int
        The folders are looked through again so often, for what has appeared.
    """

    def __init__(
        self,
        streams: Streams,
        cases: CaseFolders,
        working_sizes: tuple[int, ...],
        seed: int,
        batch_size: int,
        steps_between_looks: int,
    ) -> None:
        self._streams, self._cases, self._working_sizes = streams, cases, working_sizes
        self._seed, self._batch_size, self._steps_between_looks = seed, batch_size, steps_between_looks

    def draw(self, step: int, spent: float, plain_at_first: bool) -> DrawnBatch:
        """Draw what one step learns from.

        Parameters
        ----------
        step : int
            Number of the step.
        spent : float
            Share of the budget spent before it.
        plain_at_first : bool
            Show plain contrasts at the beginning, as a training from nothing needs them.
        """
        first, last = COARSE_SHARES
        rng = np.random.default_rng((self._seed, step, 2**31))
        coarse = len(self._working_sizes) > 1 and rng.random() < first + (last - first) * spent
        working_size = self._working_sizes[0 if coarse else -1]
        # One sample of the finest grid is more work than two of a coarse one.
        count = -(-self._batch_size // 2) if working_size == self._working_sizes[-1] else self._batch_size
        plainness = _PLAIN * max(0.0, 1 - spent / _PLAIN_SHARE) if plain_at_first else 0.0
        return self._streams.draw(step, self._cases.training, working_size, count, plainness)

    def until_spent(self, clock: Clock) -> Iterator[DrawnBatch]:
        """Batches until the budget is spent, the next one drawn in a thread meanwhile."""
        plain = not clock.began_from_weights
        with ThreadPoolExecutor(1) as thread:
            waiting = None
            while clock.spent < 1:
                if waiting is None or clock.step % self._steps_between_looks == 0:
                    if waiting is not None:
                        waiting.result()
                    self._cases.look_again()
                    if self._streams.pool is None and not (self._cases.training and self._cases.training.identifiers):
                        clock.report("no cases yet, waiting")
                        time.sleep(_SECONDS_BETWEEN_LOOKS)
                        continue
                    waiting = thread.submit(self.draw, clock.step, clock.spent_before(clock.step), plain)
                batch = waiting.result()
                following = clock.step + 1
                waiting = thread.submit(self.draw, following, clock.spent_before(following), plain)
                yield batch
