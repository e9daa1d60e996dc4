"""The worker's end: runs what is asked for on standard input, and tells how far it is."""

from __future__ import annotations

import os
import pickle
import queue
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from .. import errors
from .killing import kill_offspring
from .messages import packed, read, write
from .updates import Cancelled, Failure, Interim, Progress, Result

_SECONDS_BETWEEN_PROGRESS = 0.05


def serve(folder: str) -> None:
    """Run what is asked for on standard input until the parent is gone."""
    out = os.fdopen(os.dup(1), "wb")
    # What the work prints must not come between the messages.
    os.dup2(2, 1)
    inbox: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()

    def listen() -> None:
        while (message := read(sys.stdin.buffer)) is not None:
            inbox.put(message)
        # The parent is gone, even if it was killed: stop at once, whatever is running.
        kill_offspring(os.getpid())
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        _answer(out, *inbox.get(), Path(folder))


_tell: Callable[[str], None] | None = None


def tell(message: str) -> None:
    """Let the job that runs in this process say something besides its progress; nothing where none runs."""
    if _tell is not None:
        _tell(message)


_hand: Callable[[Any], None] | None = None


def hand_over(value: Any) -> None:
    """Send what the job that runs in this process has made so far to its caller; nothing where none runs."""
    if _hand is not None:
        _hand(value)


def _answer(out: IO[bytes], number: int, pickled: bytes, folder: Path) -> None:
    global _tell, _hand
    started = last = time.monotonic()
    reached = 0.0

    def report(fraction: float, message: str) -> None:
        nonlocal last, reached
        now = time.monotonic()
        if now - last < _SECONDS_BETWEEN_PROGRESS and fraction < 1:
            return
        last = now
        reached = fraction = min(max(float(fraction), 0.0), 1.0)
        write(out, number, packed(Progress(fraction, message, _seconds_left(now - started, fraction)), folder))

    try:
        function, args, kwargs = pickle.loads(pickled)
        del pickled
        last = -1.0
        report(0.0, "Starting")
        last = -1.0
        main = threading.get_ident()
        # A thread of the work would write between the bytes of another message.
        _tell = lambda message: report(reached, message) if threading.get_ident() == main else None  # noqa: E731
        _hand = lambda value: write(out, number, packed(Interim(value), folder))  # noqa: E731
        answer = packed(Result(function(*args, **kwargs, progress=report)), folder)
    except errors.Cancelled:
        answer = packed(Cancelled(), folder)
    except BaseException as error:
        answer = packed(_failure(error), folder)
    finally:
        _tell = _hand = None
    write(out, number, answer)


def _seconds_left(elapsed_s: float, fraction: float) -> float | None:
    # The first moments go into imports and compilation and say little about the pace.
    return elapsed_s * (1 - fraction) / fraction if elapsed_s > 1 and fraction > 0.02 else None


def _failure(error: BaseException) -> Failure:
    details = traceback.format_exc()
    if isinstance(error, errors.CrystalSegError):
        cause = str(error)
    elif errors.lacks_memory(error):
        brief = _first_line(error)
        cause = f"There is not enough memory for this ({brief}); close other programs or take a smaller volume."
    elif isinstance(error, ImportError):
        cause = f"A library that this needs cannot be loaded ({_first_line(error)}); install napari-crystalseg again."
    else:
        cause = errors.sentence(error) or f"{type(error).__name__}: {_first_line(error)}"
    try:
        # Some exceptions pickle but cannot be made again.
        pickle.loads(pickle.dumps(error))
    except Exception:
        return Failure(cause, details)
    return Failure(cause, details, error)


def _first_line(error: BaseException) -> str:
    """Beginning of an error's text: libraries print whole screens, and the traceback has all of it."""
    return next(iter(str(error).splitlines()), "")
