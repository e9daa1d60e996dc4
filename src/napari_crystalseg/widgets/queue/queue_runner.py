"""Processes the samples of the queue one after the other, in a worker of its own."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from ... import jobs
from ...errors import ChoiceNeeded, CrystalSegError
from ..parts.dock_words import in_dock_words
from ..parts.job_bar import WorkerHolder, remaining_text
from ..tasks import process
from .queued_sample import QueuedSample, State

if TYPE_CHECKING:
    from ..session.session import Session
    from .sample_queue import SampleQueue

_POLL_MS = 200


class QueueRunner(QObject):
    """Runs the queue beside the jobs of the dock, at a lower priority.

    It begins when it is asked to, and goes on until nothing waits; a restart waits to be asked again.

    Parameters
    ----------
    queue : SampleQueue
        What is processed.
    session : Session
        While one of its jobs runs, no other sample is begun: two networks at once take longer than one after the other.
    """

    told = Signal(str)
    """What is being done, for the line of the sample that runs."""
    ran = Signal()
    """It began, stopped or paused."""

    def __init__(self, queue: SampleQueue, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue, self._session = queue, session
        self.holder = WorkerHolder()
        self.on = False
        self._sample: QueuedSample | None = None
        self._job: jobs.Job | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> QueuedSample | None:
        """Sample that is being processed."""
        return self._sample

    def start(self) -> None:
        """Process what waits."""
        self.on = True
        self._timer.start()
        self._poll()
        self.ran.emit()

    def pause(self) -> None:
        """Begin no other sample; the one that runs is stopped, and goes on from its last finished stage later."""
        self.on = False
        self._timer.stop()
        sample, self._sample = self._sample, None
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if sample is not None:
            self._queue.update(sample, replace(sample, state=State.WAITING, sentence=""))
        self.ran.emit()

    def forget(self, sample: QueuedSample) -> None:
        """Stop a sample that is taken out while it runs."""
        if self._sample is not None and self._sample.path == sample.path:
            self._sample = None
            if self._job is not None:
                self._job.cancel()
                self._job = None

    def close_down(self) -> None:
        """Stop, and end the worker; what ran waits for the next time."""
        self.pause()
        self.holder.close()

    def _poll(self) -> None:
        if self._job is None:
            self._begin()
            return
        for update in self._job.poll():
            if isinstance(update, jobs.Progress):
                self.told.emit(f"{update.fraction:.0%} {update.message}{remaining_text(update.seconds_left)}")
            elif not isinstance(update, jobs.Interim):
                self._finish(update)
                return

    def _begin(self) -> None:
        sample = self._queue.next_waiting() if self.on else None
        if sample is None:
            self._timer.stop()
            self.on = False
            self.ran.emit()
            return
        if self._session.busy:
            return
        self._sample = replace(sample, state=State.RUNNING, sentence="")
        self._queue.update(sample, self._sample)
        self._job = self.holder.worker().start(process.process_in_background, self._sample.request())

    def _finish(self, update: jobs.Outcome) -> None:
        sample, self._sample, self._job = self._sample, None, None
        if sample is None:
            return
        if isinstance(update, jobs.Result):
            after = sample.came_to(update.value)
        elif isinstance(update, jobs.Failure):
            if update.traceback and not isinstance(update.error, CrystalSegError):
                logging.getLogger(__name__).error("%s failed:\n%s", sample.name, update.traceback)
            after = replace(sample, state=State.FAILED, sentence=in_dock_words(update.cause))
            if isinstance(update.error, ChoiceNeeded):
                after = replace(after, sentence=f"{after.sentence} Open it, and choose.")
        else:
            after = replace(sample, state=State.WAITING)
        self._queue.update(sample, after)
        self._poll()
