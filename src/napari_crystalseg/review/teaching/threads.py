"""Kernels that release Python's global lock, run in threads with a share of the work each."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_threads(work: Callable[[int, int], None], stop: int, start: int = 0) -> None:
    """Call ``work(start, stop)`` for shares of a range that follow each other, in as many threads as numba has.

    Each share is written by one thread, so that the number of threads changes no byte. (numba's own threads would take
    three times as long to compile.)
    """
    from numba import get_num_threads

    threads = min(get_num_threads(), max(stop - start, 1))
    ends = [start + (stop - start) * number // threads for number in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        # list() raises what a thread raised.
        list(pool.map(work, ends[:-1], ends[1:]))
