"""Batches: what each step of a training learns from, drawn while steps are taken."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Protocol

import torch

from ..streams.streams import Streams
from .budget import Budget
from .case_folders import CaseFolders
from .drawing import Drawing, DrawnByWorkers, DrawnInThread, Shown
from .repeats import MOST_BYTES, WINDOW, Repeats
from .supply import Supply

_SECONDS_BETWEEN_LOOKS = 10  # where there is nothing to learn from yet
_BATCHES_BETWEEN_LINES = 20


class Clock(Protocol):
    """How far a training is."""

    step: int
    seconds: float
    budget: Budget
    began_from_weights: bool

    @property
    def spent(self) -> float:
        """Share of the budget spent, 0 to 1."""

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
        Samples in a batch on the coarse working grid; half as many on the finest.
    steps_between_looks : int
        The folders are looked through again so often, for what has appeared.
    supply : Supply
        Who draws batches, how many of them a step takes, and how often each is shown.
    device : torch.device
        Where they are wanted.
    """

    def __init__(
        self,
        streams: Streams,
        cases: CaseFolders,
        working_sizes: tuple[int, ...],
        seed: int,
        batch_size: int,
        steps_between_looks: int,
        supply: Supply,
        device: torch.device,
    ) -> None:
        self._streams, self._cases, self._working_sizes = streams, cases, working_sizes
        self._seed, self._batch_size, self._steps_between_looks = seed, batch_size, steps_between_looks
        self._supply, self._device = supply, device
        self._repeats = Repeats(streams, seed, WINDOW if supply.repeats > 1 else 1, MOST_BYTES[device.type])
        self._source: DrawnInThread | DrawnByWorkers | None = None
        self._drawn = 0

    def until_spent(self, clock: Clock) -> Generator[list[Shown], None, None]:
        """Batches of one step after the other, until the budget is spent."""
        # What a training that goes on may show again is drawn anew.
        before = WINDOW if self._supply.repeats > 1 else 0
        self._drawn = max(0, self._supply.number_of(clock.step) - before)
        try:
            while clock.spent < 1:
                if self._source is None or clock.step % self._steps_between_looks == 0:
                    self._look_again(clock)
                if self._source is None:
                    clock.report("no cases yet, waiting")
                    time.sleep(_SECONDS_BETWEEN_LOOKS)
                    continue
                first = clock.step * self._supply.batches_a_step
                yield [self._show(number, clock) for number in range(first, first + self._supply.batches_a_step)]
        finally:
            self._close()

    def _show(self, number: int, clock: Clock) -> Shown:
        """The batch of a showing: drawn for it, or one that is shown again."""
        newest, again = divmod(number, self._supply.repeats)
        assert self._source is not None
        while self._drawn <= newest:
            self._repeats.keep(self._source.next(clock.seconds))
            self._drawn += 1
            left = newest - self._drawn
            if left > 0 and left % _BATCHES_BETWEEN_LINES == 0:  # in a training that goes on
                clock.report(f"{left} more batches to draw again, of those that are shown again")
        return self._repeats.draw(number) if again else self._repeats.newest

    def _look_again(self, clock: Clock) -> None:
        """Take in what has appeared; what was drawn without it is drawn again."""
        if self._source is not None:
            self._source.settle()
        known = self._known()
        self._cases.look_again()
        if self._source is not None and self._known() == known:
            return
        self._close()
        if self._streams.pool is None and not (self._cases.training and self._cases.training.identifiers):
            return
        drawing = Drawing(
            self._streams,
            self._cases.training,
            self._working_sizes,
            self._seed,
            self._batch_size,
            self._supply,
            clock.budget,
            not clock.began_from_weights,
        )
        kind = DrawnByWorkers if self._supply.workers else DrawnInThread
        self._source = kind(drawing, self._drawn, self._device, clock.seconds)

    def _known(self) -> tuple[int, tuple[str, ...]]:
        """What there is to learn from: label maps and cases."""
        training, pool = self._cases.training, self._streams.pool
        return 0 if pool is None else len(pool), () if training is None else tuple(training.identifiers)

    def _close(self) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None
