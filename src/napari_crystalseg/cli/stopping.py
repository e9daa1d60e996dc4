"""Stopping: a long training that is asked to end does so between two steps, with all that it has learnt."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from ..errors import Cancelled
from ..progress import Progress
from .console import shown_progress

_ASKED_BY = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stops_between_lines(show: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Give a report that shows lines and raises ``Cancelled`` once the process was asked to end.

    Parameters
    ----------
    show : callable
        Takes each line.

    Yields
    ------
    callable
        To be told lines. Asked a second time, the process ends as it would have without.
    """
    asked: list[int] = []
    before: dict[int, Any] = {}

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(number, before[number])

    def report(line: str) -> None:
        show(line)
        if asked:
            raise Cancelled

    with suppress(ValueError):  # in a thread nobody asks
        for each in _ASKED_BY:
            before[each] = signal.getsignal(each)
            signal.signal(each, ask)
    try:
        yield report
    finally:
        with suppress(ValueError):
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def stoppable_progress() -> Iterator[Progress]:
    """Give a progress that is shown, and raises ``Cancelled`` once the process was asked to end.

    Yields
    ------
    callable
        ``progress(fraction, message)``, for work that keeps what is done when it is stopped.
    """
    with shown_progress() as shown, stops_between_lines(lambda line: None) as asks:

        def progress(fraction: float, message: str) -> None:
            shown(fraction, message)
            asks(message)

        yield progress
