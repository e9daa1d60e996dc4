"""The errors that a user can meet, each with a sentence that says what to do."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence

_LACK = ("allocate memory", "out of memory", "not enough memory", "cannot allocate", "can't allocate")
_LONGEST = 380
_BRIEF = 120


class CrystalSegError(Exception):
    """Base of every error raised on purpose; its text is shown to the user as it is."""


class InputError(CrystalSegError, ValueError):
    """A file, array or parameter cannot be used; the text says what was wrong and what to do."""

    def reworded(self, text: str) -> InputError:
        """Return the same error with another text."""
        return type(self)(text)


class ChoiceNeeded(InputError):
    """A file may be read in more than one way, or does not say enough: whoever opens it has to choose.

    Parameters
    ----------
    text : str
        What was wrong and what to do.
    option : {"dataset", "axes", "voxel_size_um"}
        Keyword of :func:`.io.open_file` that settles it.
    offered : sequence of (str, str)
        Values for it that there are, each with what it says to the user; empty where any may be.
    """

    def __init__(self, text: str, option: str = "dataset", offered: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.option = option
        self.offered = tuple(offered)

    def reworded(self, text: str) -> ChoiceNeeded:
        """Return the same choice with another text."""
        return ChoiceNeeded(text, self.option, self.offered)


class Cancelled(CrystalSegError):
    """The user cancelled the running work."""


def lacks_memory(error: BaseException) -> bool:
    """Whether an error means that the memory is not enough; libraries say it with many types."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    text = str(error).lower()
    if isinstance(error, ImportError):
        # The loader gives no reason then; where it may not run a library, it says "Operation not permitted".
        return text.rstrip(".").endswith("failed to map segment from shared object")
    return isinstance(error, RuntimeError | SystemError) and any(phrase in text for phrase in _LACK)


def sentence(error: BaseException) -> str | None:
    """What to tell the user of an error, one line of bounded length; None where it is not one that a user can mend."""
    if isinstance(error, CrystalSegError):
        return one_line(str(error))
    if lacks_memory(error):
        return "The memory of this machine is not enough: crop or bin the volume first, or ask for a smaller size."
    if isinstance(error, OSError):
        if error.strerror:
            return one_line(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
        if re.search(r"\d+ requested and \d+ written", str(error)):
            # NumPy says so, without a number, of a disk that is full.
            return os.strerror(errno.ENOSPC) + "; make room or choose another place."
    return None


def shortened(error: object) -> str:
    """What a library says, cut to what goes into a sentence of ours."""
    text = one_line(str(error))
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 1]}…"


def one_line(text: str) -> str:
    """Text on one line that a terminal can show, without its middle where it is very long."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(text.split()))
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 140]} … {text[-130:]}"
