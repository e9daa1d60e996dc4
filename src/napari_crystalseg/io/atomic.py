"""Files and folders that are either whole or absent: written beside their place, then moved into it."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError

# Faults of the disk or of permissions, which the user can mend; any other OSError is ours and keeps its type.
_USERS_FAULTS = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EEXIST,
    errno.EFBIG,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


def check_writable(path: str | Path) -> None:
    """Refuse, before long work, a file or an OME-Zarr folder (``.zarr``) that cannot be written after it.

    Raises
    ------
    InputError
        The place is a folder (of another kind, for OME-Zarr), or its folder may not be written or cannot be made.
    """
    path = Path(path)
    if path.suffix.lower() == ".zarr":
        from .ome_zarr import is_ours

        check_folder(path, is_ours)
    else:
        _check_kind(path)
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if not nearest.is_dir():
        raise InputError(f"{path} cannot be written ({nearest.name} is a file); choose another place.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{path} cannot be written ({os.strerror(errno.EACCES)}); choose another place.")


@contextmanager
def _faults_in_words(path: Path) -> Iterator[None]:
    """Tell a full disk and the like by the place that was to be written."""
    try:
        yield
    except OSError as error:
        if error.errno in _USERS_FAULTS:
            raise InputError(
                f"{path} cannot be written ({os.strerror(error.errno or 0)}); choose another place."
            ) from error
        raise


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
    # Through a link, so that the link stays and its target is replaced.
    path = Path(path).resolve() if Path(path).is_symlink() else Path(path)
    partial = path.parent / f".{path.stem}.{os.getpid()}-{secrets.token_hex(4)}.part{path.suffix}"
    try:
        with _faults_in_words(path):
            _check_kind(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            if room_bytes:
                _check_room(path.parent, room_bytes)
            yield partial
            os.replace(partial, path)
    finally:
        # The folder itself may be missing or no folder, when it could not be made.
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
    token = f"{os.getpid()}-{secrets.token_hex(4)}"
    partial = path.parent / f".{path.stem}.{token}.part{path.suffix}"
    former = path.parent / f".{path.stem}.{token}.old{path.suffix}"
    try:
        with _faults_in_words(path):
            check_folder(path, may_replace)
            path.parent.mkdir(parents=True, exist_ok=True)
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
            f"{path} is a folder that was not written by this program, and stays as it is; name another place."
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
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is a device or a pipe, which cannot be replaced by a file; name a file to write.")


def save_json(record: Mapping[str, Any], path: str | Path) -> None:
    """Write a record as JSON: keys in the order given, floats in the shortest form that reads back the same.

    Parameters
    ----------
    record : mapping
        JSON-ready values; NumPy numbers and arrays are converted. NaN is refused, because JSON has none.
    path : path
        File to write, replaced in one step.
    """
    with replacing(path) as partial:
        partial.write_text(to_json(record, indent=1) + "\n", encoding="utf-8")


def to_json(record: Mapping[str, Any], indent: int | None = None) -> str:
    """Return a record as JSON text, the same for the same values."""
    return json.dumps(record, indent=indent, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON.")
