"""Lock: tells what a living process writes to from what a dead one left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...errors import InputError
from .unfinished import fitting_name

if sys.platform != "win32":
    import fcntl


class InUseError(InputError):
    """Another run writes to a place."""


# A lock that another run removes in the moment in which it is opened is opened again.
_TRIES = 20


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


@contextmanager
def exclusive_writing(path: str | Path) -> Iterator[None]:
    """Write a file, or what belongs to it, while no other run does; for writers that work in place.

    A lock ``.<name>.lock`` lies beside the file for as long as the block takes. One that a killed run has left is
    taken over.

    Raises
    ------
    InUseError
        Another run holds it.
    InputError
        The place may not be written.
    """
    path = Path(path)
    place = path.with_name(fitting_name(f".{path.name}", ".lock"))
    handle = _acquired(path, place)
    try:
        yield
    finally:
        with suppress(OSError):
            place.unlink()
        os.close(handle)


def _acquired(path: Path, place: Path) -> int:
    for _ in range(_TRIES):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise InputError(f"{path} cannot be written ({error.strerror}); choose another place.") from error
        if not _lock(handle):
            os.close(handle)
            raise in_use_error(path)
        with suppress(OSError):
            # Not the one that another run has removed meanwhile.
            if os.path.samestat(os.stat(place), os.fstat(handle)):
                return handle
        os.close(handle)
    raise in_use_error(path)


def in_use_error(path: Path) -> InUseError:
    """Return the refusal of a place that another run writes to."""
    return InUseError(f"{path} is being written by another run; wait until that is done, or name another place.")


def _lock(handle: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # No locks here.
        return True
    return True
