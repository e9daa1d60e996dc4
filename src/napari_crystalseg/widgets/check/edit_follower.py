"""Follows the brush: measures in the background what the edits so far do to the absorption factors."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer

from ... import jobs
from ...absorption.edits.changed_box import growing_box
from ...box import Box
from ...errors import InputError
from ...labels import Labels
from ..class_labels.automatic_labels import remember_automatic
from ..layers.layer_place import finest, voxel_size_um
from ..layers.orientation import orientation_of
from ..parts.job_bar import WorkerHolder
from ..session.measured_edits import MeasuredEdits
from ..session.session import Session
from ..tasks import edits
from ..tasks.reflection_files import ReflectionFiles

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

_REST_MS = 50
_POLL_MS = 20
_TURN_S = 0.01
_tokens = itertools.count(1)

Settings = tuple[dict[str, Any], ReflectionFiles | None, int, float]
"""Coefficients, reflection files, directions over the sphere, and the offset to the tomogram."""


class EditFollower(QObject):
    """Keeps ``session.edits`` that of the labels as they are.

    It waits until the labels rest (the session knows their check sum then), looks for the box that differs from the
    automatic labels, a few planes at each turn of the event loop, and lets a process of its own measure it: the jobs
    that a button starts neither wait for it nor hold it up. One measurement runs at a time, and what it finds is
    dropped when the labels or settings changed meanwhile.

    Parameters
    ----------
    session : Session
        Labels to follow.
    settings : callable
        Returns coefficients, reflection files and directions over the sphere as they are set.
    """

    def __init__(self, session: Session, settings: Callable[[], Settings], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.holder = WorkerHolder()
        self._session = session
        self._settings = settings
        self._wanted = False
        self._version = 0
        self._job: jobs.Job | None = None
        self._job_version = -1
        self._comparison: Iterator[Box | None] | None = None
        self._box: Box | None = None
        self._sent: tuple[Any, ...] | None = None
        self._rest = _timer(self, self._begin, _REST_MS, once=True)
        self._turn = _timer(self, self._compare, 0)
        self._poll_timer = _timer(self, self._poll, _POLL_MS)
        remember_automatic(session, session.labels)

    @property
    def working(self) -> bool:
        """Whether the effect is not that of the labels yet."""
        return self._wanted and (self._rest.isActive() or self._comparison is not None or self._job is not None)

    def follow(self, wanted: bool) -> None:
        """Follow only while somebody looks."""
        self._wanted = wanted
        if wanted:
            self.schedule()

    def labels_changed(self, layer: LabelsLayer | None = None) -> None:
        """Take up other labels."""
        remember_automatic(self._session, self._session.labels)
        self._session.edits = MeasuredEdits()
        self.schedule()

    def schedule(self, value: Any = None) -> None:
        """Measure again: labels, or what A_h depends on, changed."""
        self._version += 1
        self._turn.stop()
        self._comparison = None
        if self._wanted:
            self._rest.start()

    def stop(self) -> None:
        """Stop for good, and end the process."""
        self.holder.close()
        self._wanted = False
        for timer in (self._rest, self._turn, self._poll_timer):
            timer.stop()
        self._comparison = self._job = self._sent = None

    def _begin(self) -> None:
        layer = self._session.labels
        if not self._wanted or self._job is not None:
            return  # a job that runs begins again when it ends
        if layer is None or self._session.fingerprint is None or layer not in self._session.automatic:
            if layer is not None and not isinstance(finest(layer), np.ndarray):
                self._publish("The effect of edits is shown for labels in memory; these lie in a file.")
            return  # the check sum comes when the labels rest
        data, before = finest(layer), self._session.automatic[layer]
        if data.shape != before.shape:
            self._publish("The labels have another shape than when they were opened.")
            return
        self._comparison = growing_box(before, data)
        self._turn.start()

    def _compare(self) -> None:
        assert self._comparison is not None
        end = time.monotonic() + _TURN_S
        while time.monotonic() < end:
            try:
                self._box = next(self._comparison)
            except StopIteration:
                self._turn.stop()
                self._comparison = None
                self._start(self._session.labels, self._box)
                return

    def _start(self, layer: LabelsLayer, box: Box | None) -> None:
        try:
            size, orientation = voxel_size_um(layer), orientation_of(layer)
        except InputError as error:
            self._publish(str(error))
            return
        if size is None:
            self._publish("The effect of edits is shown once the voxel size is known.")
            return
        low = edited = None
        if box is not None:
            low = orientation.low_corner(box, finest(layer).shape)
            edited = np.ascontiguousarray(orientation.seen(finest(layer)[box]))
            if int(edited.min()) < 0 or int(edited.max()) > 255:
                self._publish("The labels hold codes that are no materials.")
                return
            edited = edited.astype("u1")
        worker = self.holder.worker()
        # What the process has: a new one has nothing.
        place = size, orientation
        have = (
            self._sent is not None and self._sent[:4] == (layer, place, worker, worker.pid) and worker.pid is not None
        )
        token = self._sent[4] if have and self._sent is not None else next(_tokens)
        automatic = None if have else Labels(orientation.seen(self._session.automatic[layer]), size)
        if automatic is not None:
            self._publish("Tracing the labels as they were first …", keep=True)
        self._job_version = self._version
        self._job = worker.start(edits.measure_edits, token, automatic, low, edited, *self._settings())
        self._sent = (layer, place, worker, worker.pid, token)
        self._poll_timer.start()

    def _poll(self) -> None:
        outcome = None if self._job is None else self._job.outcome
        if outcome is None:
            return
        self._poll_timer.stop()
        self._job = None
        if not isinstance(outcome, jobs.Result):
            self._sent = None
        if self._job_version != self._version:
            self._rest.start()
        elif isinstance(outcome, jobs.Result):
            self._session.edits = MeasuredEdits(outcome.value)
        elif isinstance(outcome, jobs.Failure):
            self._publish(outcome.cause)

    def _publish(self, text: str, keep: bool = False) -> None:
        self._session.edits = MeasuredEdits(self._session.edits.effect if keep else None, text)


def _timer(parent: QObject, slot: Callable[[], None], milliseconds: int, once: bool = False) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(once)
    timer.setInterval(milliseconds)
    timer.timeout.connect(slot)
    return timer
