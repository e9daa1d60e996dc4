"""What is wrong within a file, as a sentence with its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError
from ...io.files.unforeseen import named


@contextmanager
def in_file(path: Path) -> Iterator[None]:
    """Make a sentence with the file's name of what is refused in it, also where no reader has foreseen it.

    Raises
    ------
    InputError
        Something in the file is refused, damaged, or cannot be read.
    """
    try:
        with named(path):
            yield
    except InputError as error:
        text = str(error)
        raise error if text.endswith(".") else error.reworded(f"{text}.") from error
