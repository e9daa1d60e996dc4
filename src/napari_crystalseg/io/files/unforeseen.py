"""What is wrong with a file in a sentence with its name, also where no reader has foreseen it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ...errors import CrystalSegError, InputError, lacks_memory, one_line, shortened


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name before an error that does not say it, and tell what no reader has foreseen as damage.

    Raises
    ------
    InputError
        The file is refused, cannot be read, is damaged, or does not fit into the memory.
    """
    try:
        # What is not finite, or too large for a float, is told in the error, or not worth telling.
        with np.errstate(all="ignore"):
            yield
    except InputError as error:
        text = str(error)
        if path.name in text and text == one_line(text):
            raise
        raise error.reworded(one_line(text if path.name in text else f"{path.name}: {text}")) from error
    except Exception as error:
        if isinstance(error, CrystalSegError):
            raise
        if lacks_memory(error):
            raise InputError(
                f"This machine has not enough memory to open {path.name} ({shortened(error)}); crop or bin it first."
            ) from error
        if isinstance(error, OSError):
            raise InputError(f"{path.name} cannot be read ({error.strerror or shortened(error)}).") from error
        raise InputError(
            f"{path.name} is damaged, or holds entries of another kind than it should ({type(error).__name__}: "
            f"{shortened(error)})."
        ) from error
