"""Lays the labels over the projection at the angle asked for last, in a process of its own."""

from __future__ import annotations

from itertools import count

from qtpy.QtCore import QObject, QTimer, Signal

from ... import jobs
from ...labels import Labels
from ...scan import Scan
from ..parts.job_bar import WorkerHolder
from ..tasks.geometry import ScanAlignment, frames_for_overlay, overlay_at

_POLL_MS = 20
_tokens = count(1)


class OverlayFollower(QObject):
    """Computes overlays; the window never waits for them.

    While one is computed, of the angles asked for only the last counts.
    """

    arrived = Signal(object)
    """With a :class:`~napari_crystalseg.calibration.geometry_overlay.GeometryOverlay`."""
    failed = Signal(str)
    """With a sentence."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Beside the worker of the dock's jobs, which another job may keep busy.
        self.holder = WorkerHolder()
        self._token = 0
        self._labels: Labels | None = None
        self._place: tuple[Scan, ScanAlignment, float] | None = None
        self._wanted: float | None = None
        self._job: jobs.Job | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def active(self) -> bool:
        """Whether there is something to lay over each other."""
        return self._place is not None

    @property
    def busy(self) -> bool:
        """Whether an overlay is awaited."""
        return self._job is not None or self._wanted is not None

    def show(self, labels: Labels, scan: Scan, alignment: ScanAlignment, centre_px: float, angle_deg: float) -> None:
        """Take labels and scan, and ask for the overlay at an angle."""
        self._forget()
        self._token = next(_tokens)
        self._labels, self._place = labels, (scan, alignment, centre_px)
        self.request(angle_deg)

    def request(self, angle_deg: float) -> None:
        """Ask for the overlay at another angle; it comes with :attr:`arrived`."""
        if self._place is None:
            return
        self._wanted = angle_deg
        if self._job is None:
            self._start()

    def stop(self) -> None:
        """Forget labels and scan, and end the process, which frees its memory."""
        self._forget()
        self._place = self._labels = None
        self.holder.close()

    def _forget(self) -> None:
        self._timer.stop()
        self._wanted = None
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _start(self) -> None:
        if self._place is None or self._wanted is None:
            return
        scan, alignment, centre = self._place
        angle, self._wanted = self._wanted, None
        # The process keeps the labels once it has them.
        labels, self._labels = self._labels, None
        self._job = self.holder.worker().start(
            overlay_at, self._token, labels, frames_for_overlay(scan, alignment, angle), alignment, centre, angle
        )
        self._timer.start()

    def _poll(self) -> None:
        for update in [] if self._job is None else self._job.poll():
            if isinstance(update, jobs.Progress):
                continue
            self._timer.stop()
            self._job = None
            if isinstance(update, jobs.Result):
                self.arrived.emit(update.value)
                if self._wanted is not None and self._job is None:
                    self._start()
            elif isinstance(update, jobs.Failure):
                # The process may be gone, and the labels with it.
                self._forget()
                self._place = None
                self.failed.emit(update.cause)
            return
