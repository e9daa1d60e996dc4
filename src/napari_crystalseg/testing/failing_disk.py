"""A disk that is full, and a process that dies, after so many writes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch


class Died(BaseException):
    """What ends all that runs when a process dies."""


@contextmanager
def full_disk(after: int) -> Iterator[None]:
    """Let a disk take so many writes and none after them, for as long as the block takes.

    What counts as one is a file that is flushed to the disk, one that is moved to its place, and a text.
    """
    with _broken(after, lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), _WRITES):
        yield


@contextmanager
def dying_process(after: int) -> Iterator[None]:
    """Let a process write so often and then die: :class:`Died` is raised at this and at all that it tries after it.

    Files that are removed count too.
    """
    with _broken(after, Died, (*_WRITES, (os, "unlink"), (Path, "unlink"))):
        yield


_WRITES: tuple[tuple[Any, str], ...] = ((os, "fsync"), (os, "replace"), (Path, "write_text"), (Path, "write_bytes"))


@contextmanager
def _broken(after: int, error: Callable[[], BaseException], calls: tuple[tuple[Any, str], ...]) -> Iterator[None]:
    left = after

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            if left <= 0:
                raise error()
            left -= 1
            return function(*arguments, **named)

        return call

    with ExitStack() as stack:
        for owner, name in calls:
            stack.enter_context(patch.object(owner, name, counted(getattr(owner, name))))
        yield
