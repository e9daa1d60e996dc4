"""Unfinished files: their names beside the place that they are for, and what killed runs have left of them."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

LONGEST_NAME_BYTES = 255
"""Of one file's name, on all file systems in use."""

# Clocks of file servers and machines differ; a process that began later than that after a file was written last did
# not write it.
_CLOCKS_DIFFER_S = 3600.0


def unfinished(path: Path, ending: str = "part") -> Path:
    """Return a new name beside ``path``, with its suffix, that tells which process writes to it."""
    token = f".{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.{ending}"
    return path.with_name(_stem(path) + token + _suffix(path))


def remove_leftovers(path: Path) -> None:
    """Remove what processes that are dead have left of ``path``; what others write stays.

    A folder that a killed run had put aside, and not yet replaced, is put back.
    """
    ours = re.compile(
        rf"{re.escape(_stem(path))}\.{_machine()}-(\d+)-[0-9a-f]{{8}}\.(part|old){re.escape(_suffix(path))}"
    )
    try:
        names = os.listdir(path.parent)
    except OSError:
        return
    for name in names:
        found = ours.fullmatch(name)
        left = path.with_name(name)
        if found is None or not _is_dead(int(found[1]), left):
            continue
        if found[2] == "old" and not path.exists():
            with suppress(OSError):
                left.rename(path)
        else:
            _remove(left)


def remove_unfinished(folder: Path) -> None:
    """Remove all that processes that are dead have left unfinished in a folder, whatever it was for."""
    ours = re.compile(rf"\..+\.{_machine()}-(\d+)-[0-9a-f]{{8}}\.part(\.[^.]{{1,15}})?")
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        found = ours.fullmatch(name)
        if found is not None and _is_dead(int(found[1]), folder / name):
            _remove(folder / name)


def fitting_name(stem: str, ending: str, room_bytes: int = 0) -> str:
    """Return ``stem + ending``, with a hash in place of a stem that would leave less than ``room_bytes`` of a name."""
    if len(os.fsencode(stem + ending)) + room_bytes <= LONGEST_NAME_BYTES:
        return stem + ending
    return "." + hashlib.sha256(os.fsencode(stem)).hexdigest()[:16] + ending


_TOKEN_BYTES = len(".000000-4194304000-00000000.part")


def _stem(path: Path) -> str:
    return fitting_name(f".{path.stem}", "", _TOKEN_BYTES + len(os.fsencode(_suffix(path))))


def _suffix(path: Path) -> str:
    # Longer ones are none of a format.
    return path.suffix if len(path.suffix) <= 16 else ""


@lru_cache
def _machine() -> str:
    """Tag of the machine, and of the container, whose process numbers these are."""
    with suppress(OSError):
        return _hash(f"{platform.node()} {os.stat('/proc/self/ns/pid').st_ino}")
    return _hash(platform.node())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:6]


def _remove(left: Path) -> None:
    with suppress(OSError):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink()


def _is_dead(process: int, left: Path) -> bool:
    import psutil

    try:
        found = psutil.Process(process)
        if found.status() == psutil.STATUS_ZOMBIE:
            return True
        another: bool = found.create_time() > left.lstat().st_mtime + _CLOCKS_DIFFER_S
        return another
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError):
        return False
