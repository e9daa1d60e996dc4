"""Folder lock: tells what a living process writes to from what a dead one left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Lock a folder for as long as the block takes; the system lets go when the process dies, however it dies.

    Parameters
    ----------
    folder : Path
        Folder to lock.

    Yields
    ------
    bool
        False when the folder is gone or may not be opened, or another has locked it. Always True where nothing can be
        locked: on Windows and on some network file systems.
    """
    if sys.platform == "win32":
        yield True
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # No locks here.
        return True
    return True
