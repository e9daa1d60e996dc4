"""A slice that follows the settings, computed in a process of its own."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from ... import jobs
from ...frames import LazyFrames
from ...scan import Scan
from ..parts.job_bar import WorkerHolder
from ..tasks.open.slices import SliceRequest, SliceView, slice_at

if TYPE_CHECKING:
    from collections.abc import Iterator

_POLL_MS = 15
_MODULES = (
    "napari_crystalseg.computing.compilation",
    "napari_crystalseg.tomography.slice_preview",
    "napari_crystalseg.tomography.methods.fourier_kernel",
    "scipy.ndimage",
)
# A spin box that is held down, or a slider that is dragged, asks many times in this while.
_SETTLE_MS = 30
_SETTLE_ROW_MS = 150


class LiveSlice(QObject):
    """Computes the slice asked for last; the window never waits for it.

    While one slice is computed, of what is asked for only the last counts. Slices of another scan or row than is
    wanted by then are dropped.
    """

    arrived = Signal(object)
    """With a :class:`~..tasks.open.slices.SliceView`."""
    failed = Signal(str)
    """With a sentence."""
    working = Signal(str)
    """With what is being done."""

    _tokens: Iterator[int] = count(1)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Beside the worker of the dock's jobs, which another job may keep busy.
        self.holder = WorkerHolder()
        self._scan: Scan | None = None
        self._token = 0
        self._wanted: SliceRequest | None = None
        self._running: SliceRequest | None = None
        self._job: jobs.Job | None = None
        self._held: tuple[int, int, str] | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._start)
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(_POLL_MS)
        self._poll_timer.timeout.connect(self._poll)

    def warm(self) -> None:
        """Start the process ahead of the first slice, while the scan is still being read."""
        if self._job is None:
            self.holder.worker().warm(*_MODULES)

    @property
    def scan(self) -> Scan | None:
        """The scan that slices are of."""
        return self._scan

    def set_scan(self, scan: Scan | None) -> None:
        """Take another scan, or none; what was asked of the one before is forgotten."""
        self._scan, self._token = scan, next(self._tokens)
        self._wanted = None
        self._settle.stop()
        if self._running is not None and self._job is not None:
            # It may still read a large file that nobody wants any more.
            self._job.cancel()

    def request(
        self, row: int, centre_px: float | None, remove_stripes: str = "median", rough_px: float | None = None
    ) -> None:
        """Ask for a slice; it comes with :attr:`arrived`, unless another is asked for meanwhile.

        Parameters
        ----------
        row : int
            Row of the detector.
        centre_px : float or None
            Column of the rotation axis; None finds it.
        remove_stripes : str
            As :class:`~..tomography.Preprocessing` takes it.
        rough_px : float or None
            Column to show the slice at before, while the axis is looked for.
        """
        if self._scan is None:
            return
        self._wanted = SliceRequest(self._token, row, remove_stripes, centre_px, rough_px)
        if self._running is None:
            known = self._wanted.preview_key == self._held
            self._settle.start(_SETTLE_MS if known or self._held is None else _SETTLE_ROW_MS)

    @property
    def busy(self) -> bool:
        """Whether a slice is awaited."""
        return self._running is not None or self._wanted is not None

    def stop(self) -> None:
        """Forget what was asked for, and end the process, which frees its memory."""
        self._settle.stop()
        self._poll_timer.stop()
        self._wanted = self._running = self._job = self._held = None
        self.holder.close()

    def _start(self) -> None:
        request, scan = self._wanted, self._scan
        if request is None or scan is None or self._running is not None:
            return
        worker = self.holder.worker()
        if worker.pid is None:
            self._held = None
        self._wanted, self._running = None, request
        part, row = (None, 0) if request.preview_key == self._held else _to_send(scan, request.row)
        self._job = worker.start(slice_at, request, part, row)
        self._poll_timer.start()

    def _poll(self) -> None:
        if self._job is None:
            self._poll_timer.stop()
            return
        for update in self._job.poll():
            if isinstance(update, jobs.Progress):
                if update.fraction > 0 and self._running is not None and self._running.token == self._token:
                    self.working.emit(update.message)
            elif not isinstance(update, jobs.Interim):
                self._finished(update)
                return

    def _finished(self, update: jobs.Outcome) -> None:
        request = self._running
        self._poll_timer.stop()
        self._running = self._job = None
        self._held = request.preview_key if request is not None and isinstance(update, jobs.Result) else None
        if self._wanted is None and request is not None and request.is_rough and isinstance(update, jobs.Result):
            # Now that something is seen there is time to look for the axis.
            self._wanted = replace(request, rough_px=None)
        wanted = self._wanted
        if wanted is not None:
            self._settle.start(0)
        if (
            request is None
            or request.token != self._token
            or (wanted is not None and wanted.preview_key != request.preview_key)
        ):
            return
        if isinstance(update, jobs.Result):
            view: SliceView = update.value
            self.arrived.emit(view)
        elif isinstance(update, jobs.Failure):
            self.failed.emit(update.cause)


def _to_send(scan: Scan, row: int) -> tuple[Scan, int]:
    """What the process needs: frames in a file go as they are, of arrays only some rows."""
    from ...tomography.slice_preview import default_binning, rows_around

    if isinstance(scan.projections, LazyFrames):
        return replace(scan, rotation_centre_px=None), row
    return rows_around(scan, row, default_binning(scan.shape[2]))
