"""Job: one function that runs in a worker."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator

from .messages import NO_JOB
from .updates import Cancelled, Interim, Outcome, Progress, Update

_NUMBERS = itertools.count(NO_JOB + 1)


class Job:
    """One function running in a worker. Made by :meth:`Worker.start`."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self.number = next(_NUMBERS)
        self._changed = threading.Condition()
        self._pending: deque[Update] = deque()
        self._subscribers: list[Callable[[Update], None]] = []
        self._outcome: Outcome | None = None

    @property
    def done(self) -> bool:
        """Whether the result, failure or cancellation has arrived."""
        return self._outcome is not None

    @property
    def outcome(self) -> Outcome | None:
        """The final update, None while the work runs."""
        return self._outcome

    def poll(self) -> list[Update]:
        """Updates since the last call, without waiting; of progress only the newest."""
        with self._changed:
            news = list(self._pending)
            self._pending.clear()
            return news

    def updates(self, timeout: float | None = None) -> Iterator[Update]:
        """Iterate over updates as they come, up to and including the final one.

        Parameters
        ----------
        timeout : float, optional
            Longest wait for the next update, seconds; :class:`TimeoutError` after it.
        """
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._pending or self._outcome, timeout):
                    raise TimeoutError("No update came in time.")
                if not self._pending:
                    return
                update = self._pending.popleft()
            yield update

    def subscribe(self, callback: Callable[[Update], None]) -> None:
        """Call ``callback`` with each update from now on, in the thread that the update comes from.

        That is the worker's reader thread, or the thread that calls :meth:`cancel`. A job that is done already calls
        it at once with its final update.
        """
        with self._changed:
            if self._outcome is None:
                self._subscribers.append(callback)
                return
        callback(self._outcome)

    def wait(self, timeout: float | None = None) -> Outcome:
        """Wait for the final update; :class:`TimeoutError` when it takes longer than ``timeout`` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._outcome is not None, timeout):
                raise TimeoutError("The work is not done yet.")
        assert self._outcome is not None
        return self._outcome

    def cancel(self) -> None:
        """Stop the work by killing its process, which frees its memory. Nothing happens when it is done."""
        if self.announce(Cancelled()):
            self._stop()

    def announce(self, update: Update) -> bool:
        """Hand on an update; False when the job was done already, which makes late ones harmless."""
        with self._changed:
            if self._outcome is not None:
                return False
            if isinstance(update, Progress):
                if self._pending and isinstance(self._pending[-1], Progress):
                    self._pending.pop()
            elif not isinstance(update, Interim):
                self._outcome = update
            self._pending.append(update)
            subscribers = list(self._subscribers)
            if self._outcome is not None:
                self._subscribers.clear()
            self._changed.notify_all()
        for subscriber in subscribers:
            subscriber(update)
        return True
