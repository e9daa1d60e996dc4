"""Drawing: what each numbered batch of a training holds, drawn in a thread or in processes of their own."""

from __future__ import annotations

import ctypes
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from ...errors import InputError
from ..streams.dataset import CaseDataset
from ..streams.streams import DrawnBatch, Streams
from .budget import Budget
from .supply import Supply

Shown = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""A batch as :meth:`.Streams.put_together` returns it."""

COARSE_SHARES = (0.6, 0.25)
"""Probability of a batch on the coarser of two working grids, where a sample costs a third: first, and at the end."""
_PLAIN = 0.5  # probability of plain contrast at the beginning of a training from nothing
_PLAIN_SHARE = 0.3  # of the budget, over which it falls to zero
_AHEAD = 2  # batches that a worker draws ahead
_ENDED = (
    "A process that draws batches was ended, most often by the system for want of memory: go on from the last "
    "checkpoint (--continue) with fewer workers; a script that trains with workers needs its "
    'if __name__ == "__main__":.'
)


@dataclass(frozen=True)
class Drawing:
    """What decides on a numbered batch; two that are equal in all draw the same.

    Parameters
    ----------
    streams : Streams
        Where samples come from.
    cases : CaseDataset or None
        Simulated samples.
    working_sizes : tuple of int
        Most voxels along an axis of the working grid: one, or a coarse and a fine one.
    seed : int
        Seed of the training.
    batch_size : int
        Samples in a batch on the coarse working grid; half as many on the finest.
    supply : Supply
        Which step a batch is drawn for.
    budget : Budget
        How much of it is spent decides on the share of the coarse grid.
    plain_at_first : bool
        Show plain contrasts at the beginning, as a training from nothing needs them.
    """

    streams: Streams
    cases: CaseDataset | None
    working_sizes: tuple[int, ...]
    seed: int
    batch_size: int
    supply: Supply
    budget: Budget
    plain_at_first: bool

    def batch(self, number: int, seconds: float) -> DrawnBatch:
        """Draw a batch; all but the painting.

        Parameters
        ----------
        number : int
            Number of the batch.
        seconds : float
            Time that the training has taken so far; of no account to a budget in steps.
        """
        first, last = COARSE_SHARES
        spent = self.budget.spent(self.supply.step_of(number), seconds)
        rng = np.random.default_rng((self.seed, number, 2**31))
        coarse = len(self.working_sizes) > 1 and rng.random() < first + (last - first) * spent
        working_size = self.working_sizes[0 if coarse else -1]
        # One sample of the finest grid is more work than two of a coarse one.
        count = -(-self.batch_size // 2) if working_size == self.working_sizes[-1] else self.batch_size
        plainness = _PLAIN * max(0.0, 1 - spent / _PLAIN_SHARE) if self.plain_at_first else 0.0
        return self.streams.draw(number, self.cases, working_size, count, plainness)


class DrawnInThread:
    """Batches drawn in a thread, one ahead, and painted when they are asked for.

    Parameters
    ----------
    drawing : Drawing
        What they hold.
    first : int
        Number of the first.
    device : torch.device
        Where they are painted and wanted.
    seconds : float
        Time that the training has taken so far.
    """

    def __init__(self, drawing: Drawing, first: int, device: torch.device, seconds: float) -> None:
        self._drawing, self._device, self._numbers = drawing, device, itertools.count(first)
        self._thread = ThreadPoolExecutor(1)
        self._waiting = self._drawn(seconds)

    def next(self, seconds: float) -> Shown:
        """Return the next batch."""
        batch, self._waiting = self._waiting.result(), self._drawn(seconds)
        return self._drawing.streams.put_together(batch, self._device)

    def settle(self) -> None:
        """Wait until nothing is being drawn."""
        self._waiting.exception()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _drawn(self, seconds: float) -> Future[DrawnBatch]:
        return self._thread.submit(self._drawing.batch, next(self._numbers), seconds)


class DrawnByWorkers:
    """Batches drawn and painted by processes that work ahead; they come in their order.

    Parameters
    ----------
    drawing : Drawing
        What they hold.
    first : int
        Number of the first.
    device : torch.device
        Where they are wanted; they are painted on the processor.
    seconds : float
        Time that the training has taken so far.
    """

    def __init__(self, drawing: Drawing, first: int, device: torch.device, seconds: float) -> None:
        self._device = device
        self._seconds = torch.multiprocessing.get_context().Value(ctypes.c_double, seconds)
        loader: DataLoader[Any] = DataLoader(
            _PutTogether(drawing, self._seconds),
            sampler=_From(first),
            batch_size=None,
            num_workers=drawing.supply.workers,
            prefetch_factor=_AHEAD,
            collate_fn=_as_it_is,
            worker_init_fn=_keep_to_yourself,
        )
        self._batches: Iterator[Any] | None = iter(loader)

    def next(self, seconds: float) -> Shown:
        """Return the next batch.

        Raises
        ------
        InputError, OSError
            As the worker raised it, or a worker was ended.
        """
        assert self._batches is not None
        self._seconds.value = seconds
        try:
            made = next(self._batches)
        except (ConnectionError, EOFError) as error:
            # Ended between its word that a batch is there and our asking it for the memory that holds it.
            raise InputError(_ENDED) from error
        if isinstance(made, str):
            raise InputError(made)
        if isinstance(made, OSError):
            raise made
        # A copy, on a processor too: a batch that is kept must hold neither shared memory nor open files.
        voxel_values, labels, kept = (
            torch.as_tensor(each).to(self._device, non_blocking=True, copy=True) for each in made
        )
        return voxel_values, labels, kept

    def settle(self) -> None:
        """Nothing that is being drawn is shared with the workers."""

    def close(self) -> None:
        """End the processes."""
        # Else they would go on as long as anybody, as the traceback of an error does, refers to the iterator.
        end = getattr(self._batches, "_shutdown_workers", None)
        self._batches = None
        if end is not None:
            end()


class _PutTogether(Dataset[Any]):
    """Batches by their numbers; a sentence, or the system's error, where one cannot be drawn, since an error that is
    raised would lose its words.

    Where shared memory is full (a container often has 64 MB), a batch is handed on as arrays, which need none.
    """

    def __init__(self, drawing: Drawing, seconds: Any) -> None:
        self._drawing, self._seconds = drawing, seconds

    def __getitem__(self, number: int) -> Shown | list[NDArray[Any]] | str | OSError:
        try:
            batch = self._drawing.batch(number, self._seconds.value)
            shown = self._drawing.streams.put_together(batch, torch.device("cpu"))
        except InputError as error:
            return str(error)
        except OSError as error:
            return error
        try:
            for each in shown:
                each.share_memory_()
        except RuntimeError:
            # What is sent later is shared in a thread, whose error nobody would hear: the training would wait for ever.
            return [each.numpy().copy() for each in shown]
        return shown


class _From:
    """All whole numbers from one on."""

    def __init__(self, first: int) -> None:
        self._first = first

    def __iter__(self) -> Iterator[int]:
        return itertools.count(self._first)


def _as_it_is(made: Any) -> Any:
    """Leave arrays what they are."""
    return made


def _keep_to_yourself(worker: int) -> None:
    """Leave an interrupt from the keyboard, and the group of processes that it reaches, to the training itself, which
    ends its workers; but end where it was killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    threading.Thread(target=_end_with_training, daemon=True).start()


def _end_with_training() -> None:
    """End this process, whatever it waits for, once the one that started it has ended."""
    training = multiprocessing.parent_process()
    if training is not None:
        training.join()
        os._exit(1)


def ended_worker(error: RuntimeError) -> InputError | None:
    """What to tell of an error that says that a worker has ended; None where it says another thing.

    It may come at any moment of a training: PyTorch raises it where a child is seen to end.

    Parameters
    ----------
    error : RuntimeError
        As a training raised it.
    """
    if not str(error).startswith("DataLoader worker"):
        return None
    return InputError(_ENDED)
