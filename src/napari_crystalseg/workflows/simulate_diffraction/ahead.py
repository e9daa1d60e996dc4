"""Images made in threads, a few ahead of the one that is written, and taken in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_MOST_THREADS = 8
T = TypeVar("T")


def made_ahead(make: Callable[[int], T], count: int, threads: int | None = None) -> Iterator[T]:
    """Yield ``make(0)``, ``make(1)`` … in order, while threads make the next ones.

    Drawing the statistics of photons, which takes most of the time, releases Python's global lock.

    Parameters
    ----------
    make : callable
        Makes one of them by its number, the same in whichever thread.
    count : int
        How many.
    threads : int, optional
        By default one a core, eight at most: each holds an image.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = min(cores, _MOST_THREADS, count) if threads is None else threads
    pool = ThreadPoolExecutor(max(threads, 1))
    pending: deque[Future[T]] = deque()
    try:
        for number in range(count):
            pending.append(pool.submit(make, number))
            if len(pending) > threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
