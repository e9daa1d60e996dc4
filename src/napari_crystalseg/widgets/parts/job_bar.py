"""Foot of the dock: what was said last, and the job that runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ... import jobs
from ...errors import CrystalSegError
from ..session.next_step import where_it_stands
from ..session.session import Session
from .dock_words import in_dock_words
from .levels import WARNING_SIGN, set_level

_POLL_MS = 50


class JobBar(QWidget):
    """Runs one job at a time in the worker process, and shows its progress with a button to cancel it.

    The worker is started with the first job or by :meth:`warm`, and is asked for news by a timer, so that the window
    never waits for it.

    Parameters
    ----------
    session : Session
        Is told whether a job runs.
    not_yet : callable, optional
        Whether results that have come must wait, as something is being prepared that showing them would wait for.
    """

    def __init__(
        self, session: Session, parent: QWidget | None = None, not_yet: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._not_yet = not_yet
        self._come: list[jobs.Update] = []
        self.holder = WorkerHolder()
        self._job: jobs.Job | None = None
        self._title = ""
        self._warmed: list[str] = []
        self._done: Callable[[Any], None] | None = None
        self._refused: Callable[[CrystalSegError], None] | None = None
        self._came: Callable[[Any], None] | None = None
        self.warns = False
        self._standing = ""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 8)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setFormat("%p %")
        self.cancel_button = QPushButton("Ca&ncel")
        self.cancel_button.setToolTip("Stop the job and free its memory.")
        self.cancel_button.clicked.connect(self.cancel)
        line = QHBoxLayout()
        line.addWidget(self.progress, 1)
        line.addWidget(self.cancel_button)
        column.addWidget(self.message)
        column.addLayout(line)
        self._show_running(False)

    def start(
        self,
        title: str,
        function: Callable[..., Any],
        *args: Any,
        done: Callable[[Any], None],
        abandoned: Callable[[], str] | None = None,
        refused: Callable[[CrystalSegError], None] | None = None,
        came: Callable[[Any], None] | None = None,
        **kwargs: Any,
    ) -> None:
        """Run ``function(*args, **kwargs, progress=...)`` in the worker, then call ``done`` with its result here.

        Parameters
        ----------
        title : str
            What the job is called while it runs.
        function : callable
            Importable function that takes ``progress`` by keyword.
        *args, **kwargs
            Its arguments.
        done : callable
            Called with the result.
        abandoned : callable, optional
            Called instead when the job was cancelled, failed or lost its dock, and its process is ended: clears away
            what that left, and returns a sentence about what remains. It must not touch the dock.
        refused : callable, optional
            Called with the error, after it was shown, where the job was refused by an error that a user can mend.
        came : callable, optional
            Called with each result that the job hands over on its way.

        Raises
        ------
        CrystalSegError
            Another job still runs.
        """
        self.check_free()
        self._come = []
        self._job = self.holder.worker().start(function, *args, **kwargs)
        self._title, self._done, self._refused, self._came = title, done, refused, came
        self.holder.abandoned = abandoned
        self.say(f"{title} …")
        self.progress.setValue(0)
        self._show_running(True)
        self._timer.start()

    def check_free(self) -> None:
        """Refuse where a job runs.

        Raises
        ------
        CrystalSegError
            Another job still runs.
        """
        if self._job is not None:
            raise CrystalSegError(f"'{self._title}' is still running: wait for it, or cancel it.")

    def cancel(self) -> None:
        """Stop the job that runs, if any."""
        if self._job is not None:
            self.cancel_button.setEnabled(False)
            self.say(f"{self._title}: cancelling …")
            self._job.cancel()

    def close_worker(self) -> None:
        """Stop the job without another word, and the worker with it."""
        self._timer.stop()
        self._job = self._done = self._refused = self._came = None
        self.holder.close()

    def warm(self, *modules: str) -> None:
        """Start the worker ahead of the first job and let it import modules; while a job runs it needs no warming."""
        self._warmed += [module for module in modules if module not in self._warmed]
        if self._job is None:
            self.holder.worker().warm(*modules)

    def say(self, text: str) -> None:
        """Show what happened."""
        self.warns = False
        set_level(self.message, None)
        self.message.setText(in_dock_words(text))

    def warn(self, text: str) -> None:
        """Show what went wrong, here and as napari's notification: one sentence, no traceback."""
        from napari.utils.notifications import show_warning

        text = in_dock_words(text)
        self.warns = True
        set_level(self.message, "warning")
        self.message.setText(f"{WARNING_SIGN} {text}")
        show_warning(text)

    def warn_until_mended(self, text: str) -> None:
        """Warn, and warn here again where another warning is forgotten, until :meth:`mended` is called."""
        self.warn(text)
        self._standing = text

    def mended(self, text: str) -> None:
        """Show that what was warned of by :meth:`warn_until_mended` is over."""
        self._standing = ""
        self.say(text)

    def warn_shortly(self, text: str) -> None:
        """Show a warning in the foot alone: all of it is said elsewhere."""
        text = in_dock_words(text)
        self.warns = True
        set_level(self.message, "warning")
        self.message.setText(f"{WARNING_SIGN} {text}")

    def forget_warning(self, value: object = None) -> None:
        """Say where the work stands in place of a warning: something was done about it, or something else is done."""
        if self.warns and self._job is None:
            self.say_where_it_stands()

    def say_where_it_stands(self) -> None:
        """Show what is there and what comes next, or what was warned of and is not mended."""
        if self._standing:
            self.warn_shortly(self._standing)
        else:
            self.say(where_it_stands(self._session))

    def _poll(self) -> None:
        if self._job is None:
            return
        self._come += self._job.poll()
        while self._come:
            if isinstance(self._come[0], jobs.Interim | jobs.Result) and self._not_yet():
                return
            update = self._come.pop(0)
            if isinstance(update, jobs.Progress):
                self.progress.setValue(round(1000 * update.fraction))
                self.say(f"{self._title}: {update.message}{remaining_text(update.seconds_left)}")
            elif isinstance(update, jobs.Interim):
                if self._came is not None:
                    self._came(update.value)
            else:
                self._finish(update)
                return
            if self._job is None:
                return  # closed by what was called

    def _finish(self, update: jobs.Outcome) -> None:
        title, done, refused, abandoned = self._title, self._done, self._refused, self.holder.abandoned
        self._timer.stop()
        self._job = self._done = self._refused = self._came = self.holder.abandoned = None
        self._show_running(False)
        remains = f" {abandoned()}" if abandoned is not None and not isinstance(update, jobs.Result) else ""
        if isinstance(update, jobs.Failure) and update.traceback:
            remains = ""  # why it failed says more than how far it came
        if isinstance(update, jobs.Cancelled):
            self.say(f"{title}: cancelled.{remains}")
            # Its process is gone: the next job is not to wait for what the last one had imported.
            if self._warmed:
                self.warm(*self._warmed)
        elif isinstance(update, jobs.Failure):
            self._explain(title, update, remains)
            if refused is not None and isinstance(update.error, CrystalSegError):
                refused(update.error)
        elif done is not None:
            try:
                done(update.value)
            except CrystalSegError as error:
                self.warn(str(error))

    def _explain(self, title: str, failure: jobs.Failure, remains: str) -> None:
        if isinstance(failure.error, CrystalSegError | ImportError | MemoryError) or not failure.traceback:
            self.warn(f"{failure.cause}{remains}")
            return
        # Nobody's fault but ours: the sentence here, the rest where a developer finds it.
        logging.getLogger(__name__).error("%s failed:\n%s", title, failure.traceback)
        self.warn(f"{title} failed: {failure.cause.rstrip('.')}. The log has the details.")

    def _show_running(self, running: bool) -> None:
        self.progress.setVisible(running)
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(running)
        self._session.busy = running


class WorkerHolder:
    """Holds the worker process apart from any widget, so that it can be ended when the widget is already gone.

    What clears up after the job that runs, ``abandoned``, is held here for the same reason.
    """

    def __init__(self) -> None:
        self._worker: jobs.Worker | None = None
        self.abandoned: Callable[[], str] | None = None

    def worker(self) -> jobs.Worker:
        """Return the worker, made when needed."""
        if self._worker is None:
            self._worker = jobs.Worker()
        return self._worker

    def close(self) -> None:
        """End the worker and the job in it; a later :meth:`worker` starts another."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
        if self.abandoned is not None:
            self.abandoned()
            self.abandoned = None


def remaining_text(seconds_left: float | None) -> str:
    """Estimate of what is left, in words; nothing while it would be a guess."""
    if seconds_left is None or seconds_left < 1:
        return ""
    if seconds_left < 90:
        return f", about {seconds_left:.0f} s left"
    return f", about {seconds_left / 60:.0f} min left"
