"""Measures in the background what a previewed edit would do to the absorption factors."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from .... import jobs
from ....absorption.edits.changed_box import growing_box
from ....absorption.edits.edit_effect import EditEffect
from ....box import Box, joined
from ....errors import InputError
from ....labels import Labels
from ....progress import Progress
from ...layers.layer_place import voxel_size_um
from ...parts.background import Background
from ...parts.job_bar import WorkerHolder
from ...session.session import Session
from ...tasks import edits
from .offer import Offer

_LOOK_S = 0.05
# Apart from those of the stage Check, whose process is another.
_tokens = itertools.count(1)


class PreviewEffect(QObject):
    """Asks a process of its own what an offer would do to A, from the box alone that differs from the automatic labels.

    A thread looks for the box and waits for the process, so that the window never does. Where there are no
    coefficients, no voxel size or no automatic labels, nothing is measured.

    Parameters
    ----------
    session : Session
        Coefficients, experiment and automatic labels.
    parent : QObject
        Whose end it shares.
    """

    measured = Signal(object, object)
    """The :class:`~.offer.Offer`, and its :class:`~napari_crystalseg.absorption.EditEffect`."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self.holder = WorkerHolder()
        self._session = session
        self._thread = Background("measure previews", self)
        # What the process has: a new one has nothing.
        self._sent: tuple[Any, ...] | None = None
        self._stopped = False

    @property
    def working(self) -> bool:
        """Whether an effect is on its way."""
        return self._thread.working

    def ask(self, offer: Offer) -> None:
        """Measure what an offer would do, instead of what was asked before."""
        self._thread.forget()
        session, layer = self._session, offer.edits.layer
        coefficients, before = session.coefficients.values, session.automatic.get(layer)
        now, change = offer.edits.edited.data, offer.proposal.change
        try:
            size = voxel_size_um(layer)
        except InputError:
            return
        if change is None or offer.prepared is None or coefficients is None or size is None or before is None:
            return
        if before.shape != now.shape:
            return
        experiment = session.experiment
        settings = asdict(coefficients), experiment.files, experiment.sphere, experiment.offset_deg
        box, mask, labels = change.box, change.mask, change.labels

        def work(progress: Progress) -> EditEffect | None:
            edited = _edited(before, now, progress)
            around = box if edited is None else joined(box, edited)
            is_now = now[around].copy()
            then = is_now.copy()
            inner = tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(box, around, strict=True))
            then[inner][mask] = labels[mask]
            low = around[0].start, around[1].start, around[2].start
            return self._measured(before, size, progress, low, is_now, then, *settings)

        self._thread.ask(work, lambda answer: self._came(offer, answer))

    def forget(self) -> None:
        """Drop what was asked."""
        self._thread.forget()

    def stop(self) -> None:
        """End thread and process."""
        self._stopped = True
        self._thread.stop()
        self.holder.close()

    def _measured(
        self,
        before: NDArray[np.uint8],
        size: tuple[float, float, float],
        progress: Progress,
        low: tuple[int, int, int],
        *rest: Any,
    ) -> EditEffect | None:
        """In the thread: what the process says; None where it can say nothing."""
        worker = self.holder.worker()
        while worker.busy:  # with what was dropped since
            _pause(progress, lambda: not worker.busy)
        have = self._sent is not None and self._sent[0] is before and self._sent[1:3] == (size, worker.pid)
        token = self._sent[3] if have and self._sent is not None else next(_tokens)
        job = worker.start(edits.measure_preview, token, None if have else Labels(before, size), low, *rest)
        if self._stopped:  # in this moment
            self.holder.close()
        self._sent = before, size, worker.pid, token
        while job.outcome is None:
            _pause(progress, lambda: job.outcome is not None)
        if isinstance(job.outcome, jobs.Result):
            effect: EditEffect = job.outcome.value
            return effect
        self._sent = None
        return None

    def _came(self, offer: Offer, answer: Any) -> None:
        if isinstance(answer, EditEffect) and offer.holds:
            self.measured.emit(offer, answer)


def _edited(before: NDArray[np.uint8], now: NDArray[np.uint8], progress: Progress) -> Box | None:
    """The box in which labels are not the automatic ones any more."""
    box = None
    for plane, box in enumerate(growing_box(before, now)):  # noqa: B007
        progress(plane / len(now), "comparing")
    return box


def _pause(progress: Progress, over: Callable[[], bool]) -> None:
    progress(0.0, "measuring")  # raises where it is not wanted any more
    if not over():
        time.sleep(_LOOK_S)
