"""Work in a thread of which only the newest is wanted, so that the window never stands still."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

from qtpy.QtCore import QObject, QTimer

from ...errors import Cancelled
from ...progress import Progress

_POLL_MS = 15

Work = Callable[[Progress], Any]
Answer = Callable[[Any], None]


class Background(QObject):
    """Runs one piece of work after the other in a thread of its own; what was asked before the newest is dropped.

    Work that is dropped is cancelled through the progress that it reports. Its answer comes in the thread of the window
    and is what the work returned, or the exception that it raised.

    Parameters
    ----------
    name : str
        Name of the thread.
    """

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._running: tuple[Future[Any], Event, Answer] | None = None
        self._next: tuple[Work, Answer] | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look)

    @property
    def working(self) -> bool:
        """Whether an answer is still to come."""
        return self._next is not None or (self._running is not None and not self._running[1].is_set())

    def ask(self, work: Work, answer: Answer) -> None:
        """Do some work instead of what was asked before."""
        self.forget()
        if self._thread is not None:
            self._next = work, answer
            self._begin()

    def forget(self) -> None:
        """Drop what was asked; its answer never comes."""
        self._next = None
        if self._running is not None:
            self._running[1].set()

    def stop(self) -> None:
        """Drop what was asked, and end the thread as soon as its work notices."""
        self.forget()
        self._poll.stop()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None

    def _begin(self) -> None:
        if self._running is not None or self._next is None or self._thread is None:
            return
        (work, answer), self._next = self._next, None
        dropped = Event()

        def progress(fraction: float, message: str) -> None:
            if dropped.is_set():
                raise Cancelled

        self._running = self._thread.submit(work, progress), dropped, answer
        self._poll.start()

    def _look(self) -> None:
        if self._running is None:
            self._poll.stop()
            return
        future, dropped, answer = self._running
        if not future.done():
            return
        self._running = None
        self._poll.stop()
        if not dropped.is_set():
            error = future.exception()
            answer(future.result() if error is None else error)
        self._begin()
