"""The folder that a task writes to; without Qt."""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError


def make_folder(folder: str) -> None:
    """Make a folder where it is missing.

    Raises
    ------
    InputError
        The folder cannot be made.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be made ({error.strerror}); choose another.") from error
