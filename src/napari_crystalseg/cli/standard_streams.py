"""Streams: standard output and error that may be closed, full, or of a locale without our signs."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

from ..texts.printable import printable


class _Messages:
    """Standard error, of which nothing depends: what cannot be written to it is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


class _Results:
    """Standard output, in which names and texts of files cannot command the terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        lines = text.split("\n")
        self._stream.write("\n".join("\t".join(printable(part) for part in line.split("\t")) for line in lines))
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def make_streams_safe() -> None:
    """Let no run fail, or lose its result, by what it says on its way."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # Closed: the next file to be opened would get its number, and what libraries print would end up in it.
            _fill(number)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        # Where the locale has no µ, a question mark is better than a run that fails at its last line.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr = _Messages(sys.stderr)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout = _Results(sys.stdout)


def _fill(number: int) -> None:
    with suppress(OSError):
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
