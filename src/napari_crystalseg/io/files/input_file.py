"""A place that is to be read, before it is opened: opening a pipe waits for ever."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ...errors import InputError, one_line


def check_input(path: str | Path) -> None:
    """Refuse what is neither a file nor a folder, with the reason.

    Raises
    ------
    InputError
        There is nothing of that name, no name can be so, it may not be looked at, or it is a pipe, a socket or a
        device.
    """
    shown = one_line(str(path))
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise InputError(f"There is no file {shown}; check the path.") from None
    except ValueError as error:
        raise InputError(f"{shown} is no name of a file ({error}); check the path.") from error
    except OSError as error:
        why = "it is a link that leads to itself" if error.errno == errno.ELOOP else error.strerror
        raise InputError(f"{shown} cannot be read ({why}); check the path.") from error
    if kind := _special_kind(status.st_mode):
        raise InputError(f"{shown} is {kind}, not a file; write what comes from it to a file, and open that.")


def special_file_kind(path: str | Path) -> str | None:
    """What a place is that is neither a file nor a folder: "a pipe" and so on; None for those, and for nothing."""
    try:
        return _special_kind(os.stat(path).st_mode)
    except (OSError, ValueError):
        return None


def _special_kind(mode: int) -> str | None:
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
