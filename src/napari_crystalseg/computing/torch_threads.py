"""How many threads torch computes with, for as long as something lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def torch_threads(number: int | None) -> Iterator[None]:
    """Compute with so many threads inside the block, and with as many as before after it.

    Sums come out otherwise with another number of threads, so what runs later in the process must not inherit it.

    Parameters
    ----------
    number : int or None
        Threads; None leaves them as they are.
    """
    import torch

    before = torch.get_num_threads()
    if number is not None:
        torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
