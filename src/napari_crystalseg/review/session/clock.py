"""Clock of a review: the time that a person spent on it."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

IDLE_S = 60.0
"""After so long without a sign of life the person is taken to be away, s."""


class ReviewClock:
    """Adds up the time between signs of life, such as strokes, jumps and keys.

    Parameters
    ----------
    seconds : float
        Time spent before.
    now : callable
        Seconds of a clock that does not go back.
    """

    def __init__(self, seconds: float = 0.0, now: Callable[[], float] = monotonic) -> None:
        self._spent = seconds
        self._now = now
        self._last: float | None = None

    def touch(self) -> None:
        """Take a sign of life: the time since the last one counts, as far as nobody was away."""
        now = self._now()
        if self._last is not None:
            self._spent += min(now - self._last, IDLE_S)
        self._last = now

    def stop(self) -> None:
        """End the time that counts, such as while another sample is reviewed."""
        if self._last is not None:
            self._spent += min(self._now() - self._last, IDLE_S)
        self._last = None

    @property
    def seconds(self) -> float:
        """Time spent, s, that since the last sign of life included."""
        running = 0.0 if self._last is None else min(self._now() - self._last, IDLE_S)
        return self._spent + running
