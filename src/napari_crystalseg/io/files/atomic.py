"""Files and folders that are either whole or absent: written beside their place, then moved into it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...texts.json_text import to_json
from ...texts.printable import encodable, printable
from .disk_errors import explaining_disk_errors
from .output_folder import before_replacing, before_writing
from .unfinished import LONGEST_NAME_BYTES, remove_leftovers, unfinished


def check_place(path: str | Path, may_replace: Callable[[Path], bool] | None = None) -> None:
    """Refuse, before long work, a file that cannot be written after it, or a folder.

    Parameters
    ----------
    path : path
        Where it is to be written.
    may_replace : callable, optional
        A folder is to be written: tells whether one that is there may be replaced.

    Raises
    ------
    InputError
        The place is a folder, or one that may not be replaced, or its folder may not be written or cannot be made.
    """
    path = Path(path)
    with explaining_disk_errors(path):
        _check_name(path)
        if may_replace is not None:
            check_folder(path, may_replace)
        else:
            _check_kind(path)
        nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if not nearest.is_dir():
        raise InputError(f"{path} cannot be written ({nearest.name} is a file); choose another place.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{path} cannot be written ({os.strerror(errno.EACCES)}); choose another place.")


@contextmanager
def replacing(path: str | Path, room_bytes: int = 0) -> Iterator[Path]:
    """Write a file so that ``path`` holds either its old content or the whole new one.

    Parameters
    ----------
    path : path
        File to write. Its folder is made when it is missing.
    room_bytes : int
        Room that the disk must have for it; for libraries that do not bear a disk that fills while they write.

    Yields
    ------
    Path
        Temporary file beside ``path`` with the same suffix: write it and close it. It replaces ``path`` when the block
        ends, and is removed when the block raises.

    Raises
    ------
    InputError
        The disk is full, the place is a folder, or it may not be written.
    """
    with _prepared(path, room_bytes) as (place, partial):
        yield partial
        before_replacing(Path(path), partial)
        os.replace(partial, place)


@contextmanager
def replacing_pair(path: str | Path, record: str | Path) -> Iterator[tuple[Path, Path]]:
    """Write a file and the record beside it so that the record is always that of the file, or absent.

    Parameters
    ----------
    path, record : path
        Files to write, in one folder.

    Yields
    ------
    (Path, Path)
        Temporary files: write both. They replace the two when the block ends, and are removed when it raises.

    Raises
    ------
    InputError
        As :func:`replacing`; then neither file has changed.
    """
    with _prepared(path) as (first, first_partial), _prepared(record) as (second, second_partial):
        yield first_partial, second_partial
        before_replacing(Path(path), first_partial)
        before_replacing(Path(record), second_partial)
        # A run that is killed between the moves leaves a file without a record, never one with another's.
        second.unlink(missing_ok=True)
        os.replace(first_partial, first)
        os.replace(second_partial, second)


@contextmanager
def _prepared(given: str | Path, room_bytes: int = 0) -> Iterator[tuple[Path, Path]]:
    """The place that a file will be moved to, and the temporary one, which is removed when the block ends."""
    given = path = Path(given)
    partial = None
    try:
        with explaining_disk_errors(given):
            _check_name(given)
            before_writing(given)
            # Through a link, so that the link stays and its target is replaced.
            path = given.resolve() if given.is_symlink() else given
            _check_kind(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(path)
            if room_bytes:
                _check_room(path.parent, room_bytes)
            partial = unfinished(path)
            yield path, partial
    finally:
        if partial is not None:
            with suppress(OSError):
                partial.unlink()


@contextmanager
def replacing_folder(path: str | Path, may_replace: Callable[[Path], bool]) -> Iterator[Path]:
    """Write a folder so that ``path`` is either as it was or whole.

    Parameters
    ----------
    path : path
        Folder to write. The folder around it is made when it is missing.
    may_replace : callable
        Whether a folder that is there is of the kind that is written, and so may be replaced.

    Yields
    ------
    Path
        Temporary folder beside ``path``, not there yet: make it and write into it. It takes the place of ``path`` when
        the block ends, and is removed when the block raises.

    Raises
    ------
    InputError
        A file or another folder is there, the disk is full, or the place may not be written.
    """
    path = Path(path).resolve() if Path(path).is_symlink() else Path(path)
    _check_name(path)
    partial, former = unfinished(path), unfinished(path, "old")
    try:
        with explaining_disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(path)
            check_folder(path, may_replace)
            yield partial
            if path.is_dir():
                # No system call that we have swaps two folders: for a moment the old one has another name.
                os.rename(path, former)
            try:
                os.rename(partial, path)
            except OSError:
                if former.is_dir():
                    os.rename(former, path)
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def check_folder(path: Path, may_replace: Callable[[Path], bool]) -> None:
    """Refuse a place for a folder that a file, or a folder of another kind, has taken."""
    if path.is_dir() and not may_replace(path):
        raise InputError(
            f"{path} is a folder that was not written by this program, or holds what was not, and stays as it is; name "
            "another place."
        )
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file, and a folder is to be written; name another place.")


def _check_room(folder: Path, room_bytes: int) -> None:
    if hasattr(os, "posix_fallocate"):
        # A file of that size knows of quotas, too.
        with tempfile.TemporaryFile(dir=folder) as whole:
            os.posix_fallocate(whole.fileno(), 0, room_bytes)
    elif shutil.disk_usage(folder).free < room_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _check_kind(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file to write.")
    if not os.path.lexists(path):
        return
    if path.is_symlink():
        path = path.resolve()
        if not path.exists():
            return
    if not path.is_file():
        raise InputError(f"{path} is a device or a pipe, which cannot be replaced by a file; name a file to write.")
    if not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise InputError(f"{path} is protected from being written; name another place, or take the protection off.")


def _check_name(path: Path) -> None:
    """Refuse a name that no file system takes."""
    if "\0" in str(path):
        raise InputError(f"{printable(str(path))} holds a character that no file name may hold; name another place.")
    if not path.name or path.name == "..":
        raise InputError(f"{path} is a folder; name a file to write.")
    size = len(os.fsencode(path.name))
    if size > LONGEST_NAME_BYTES:
        raise InputError(
            f"The name {path.name[:40]}… has {size} bytes, and {LONGEST_NAME_BYTES} is the most that a file system "
            "takes; choose a shorter one."
        )
    try:
        path.is_symlink() and path.resolve(strict=False)
    except RuntimeError:
        # What pathlib makes of a link that leads to itself.
        raise InputError(f"{path} is a link that leads to itself; remove it, or name another place.") from None


def write_text(path: str | Path, text: str) -> None:
    """Write a text as UTF-8, replaced in one step; what cannot be written so is escaped, never refused at the end."""
    with replacing(path) as partial:
        partial.write_bytes(encodable(text).encode("utf-8"))


def save_json(record: Mapping[str, Any], path: str | Path) -> None:
    """Write a record as JSON: keys in the order given, floats in the shortest form that reads back the same.

    Parameters
    ----------
    record : mapping
        JSON-ready values; NumPy numbers and arrays are converted. NaN is refused, because JSON has none.
    path : path
        File to write, replaced in one step.
    """
    write_text(path, to_json(record, indent=1) + "\n")
