"""DetectionFollower: looks for drops and crystals in the micrograph that is shown, and then in the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer

from ... import jobs
from ...errors import CrystalSegError
from ..parts.job_bar import WorkerHolder
from ..tasks.drops import detect_in_images

if TYPE_CHECKING:
    from ...workflows.drops.detect import DetectedDrop

_POLL_MS = 40


class DetectionFollower(QObject):
    """Asks the detector for one micrograph at a time, in a process of its own, beside long jobs over all.

    Parameters
    ----------
    came : callable
        Called with what was found.
    failed : callable
        Called with a sentence where the detector cannot be asked; nothing more is looked for by itself then.
    """

    def __init__(
        self, came: Callable[[DetectedDrop], None], failed: Callable[[str], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.holder = WorkerHolder()
        self.task: Callable[..., Any] = detect_in_images
        self.weights: str | None = None
        self._came, self._failed = came, failed
        self._wanted: list[Path] = []
        self._running: tuple[Path, jobs.Job, str | None] | None = None
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> Path | None:
        """The micrograph that is looked at now; None while nothing is."""
        return None if self._running is None else self._running[0]

    def ask(self, *paths: Path, by_hand: bool = False) -> None:
        """Look at these next, in this order, in place of what was waiting.

        Parameters
        ----------
        *paths : Path
            Micrographs.
        by_hand : bool
            Whether a person asked: then it is tried again after a failure.
        """
        if by_hand:
            self._stopped = False
        self._wanted = [] if self._stopped else [path for path in paths if path != self.running]
        self._begin()

    def use(self, weights: str | None) -> None:
        """Use another network from now on."""
        self.weights = weights
        self._stopped = False
        self._wanted = []
        if self._running is not None:
            self._running[1].cancel()

    def close(self) -> None:
        """Ask no more."""
        self._timer.stop()
        self._wanted, self._running = [], None
        self.holder.close()

    def _begin(self) -> None:
        if self._running is not None or not self._wanted:
            return
        path = self._wanted.pop(0)
        try:
            job = self.holder.worker().start(self.task, [str(path)], self.weights)
        except CrystalSegError as error:
            self._fail(str(error))
            return
        self._running = path, job, self.weights
        self._timer.start()

    def _poll(self) -> None:
        if self._running is None:
            self._timer.stop()
            return
        for update in self._running[1].poll():
            if isinstance(update, jobs.Interim):
                if self._running[2] == self.weights:  # not what another network found, before it was stopped
                    self._came(update.value)
            elif isinstance(update, jobs.Result | jobs.Cancelled | jobs.Failure):
                self._running = None
                self._timer.stop()
                if isinstance(update, jobs.Failure):
                    self._fail(update.cause)
                    return
                self._begin()
                return
            if self._running is None:
                return  # closed by what was called

    def _fail(self, sentence: str) -> None:
        self._stopped, self._wanted = True, []
        self._failed(sentence)
