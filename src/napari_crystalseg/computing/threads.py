"""Kernels that release Python's global lock, run in threads with a share of the work each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_threads(work: Callable[[int, int], object], stop: int, start: int = 0, threads: int | None = None) -> None:
    """Call ``work(start, stop)`` for shares of a range that follow each other, in several threads.

    Each share is written by one thread, so that the number of threads changes no byte. (numba's own threads would take
    three times as long to compile.)

    Parameters
    ----------
    work : callable
        Does a share.
    stop, start : int
        The range.
    threads : int, optional
        How many threads; by default as many as numba has.
    """
    if threads is None:
        from numba import get_num_threads

        threads = int(get_num_threads())
    threads = max(1, min(threads, stop - start))
    if threads == 1:
        work(start, stop)
        return
    ends = [start + (stop - start) * number // threads for number in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        # list() raises what a thread raised.
        list(pool.map(work, ends[:-1], ends[1:]))
