"""Looks in the background whether the labels are plausible, whenever they come to rest."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer

from ... import jobs
from ...errors import CrystalSegError
from ..layers.label_layer import labels_of
from ..parts.background import Background
from ..parts.job_bar import WorkerHolder
from ..session.session import Session
from ..session.value_sample import value_sample
from ..tasks.findings import judge_labels

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

_REST_MS = 1000
_POLL_MS = 50


class FindingFollower(QObject):
    """Keeps ``session.findings`` and ``session.lamps`` those of the labels as they are, by a process of its own.

    It waits until the labels rest (the session knows their check sum then). Until it has looked, they are None.

    Parameters
    ----------
    session : Session
        Labels to follow.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.holder = WorkerHolder()
        self._session = session
        self._wanted = False
        self._job: jobs.Job | None = None
        # Copying and checking a large volume takes longer than a window may stand still.
        self._background = Background("read labels", self)
        self._sent: tuple[Any, ...] = ()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._begin)
        self._poll_timer = QTimer(self)
        self._poll_timer.setInterval(_POLL_MS)
        self._poll_timer.timeout.connect(self._poll)

    @property
    def working(self) -> bool:
        """Whether the findings are still to come."""
        return self._wanted and (self._rest.isActive() or self._background.working or self._job is not None)

    def follow(self, wanted: bool) -> None:
        """Look only while the dock is seen."""
        self._wanted = wanted
        if wanted:
            self.schedule()
        else:
            self._rest.stop()

    def schedule(self, value: object = None) -> None:
        """Look again: labels, or what is known of them, changed."""
        if self._sent != self._now():
            self._session.findings = None
            self.look_again()

    def look_again(self, value: object = None) -> None:
        """Look again: what the labels are held against changed; what else was found of them stays so long."""
        if self._sent != self._now():
            self._session.lamps = None
            if self._wanted:
                self._rest.start()

    def stop(self) -> None:
        """Stop for good, and end the process."""
        self.holder.close()
        self._background.stop()
        self._wanted = False
        self._job = None
        self._rest.stop()
        self._poll_timer.stop()

    def _now(self) -> tuple[Any, ...]:
        session = self._session
        layers = [None if layer is None else weakref.ref(layer) for layer in (session.labels, session.image)]
        scan = None if session.scan is None else session.scan.energy_kev
        return *layers, session.fingerprint, session.coefficients.values, scan

    def _begin(self) -> None:
        layer = self._session.labels
        if not self._wanted or self._job is not None or self._background.working:
            return  # a job that runs looks again when it ends
        if layer is None or self._session.fingerprint is None:
            return  # the check sum comes when the labels rest
        self._sent = self._now()
        self._background.ask(lambda progress: labels_of(layer), self._send)

    def _send(self, labels: Any) -> None:
        """Judge the labels that were read, unless they changed meanwhile."""
        layer = self._session.labels
        if self._sent != self._now() or layer is None:
            self._rest.start()
            return
        if isinstance(labels, CrystalSegError):
            return  # what is wrong with them is told by itself
        if isinstance(labels, BaseException):
            raise labels
        known = self._session.uncertainty.get(layer)
        worker = self.holder.worker()
        array, means = (None, known) if hasattr(known, "sample") else (known, None)
        values, coefficients = value_sample(self._session), self._session.coefficients.values
        self._job = worker.start(judge_labels, labels, array, means, values, coefficients)
        self._poll_timer.start()

    def _poll(self) -> None:
        outcome = None if self._job is None else self._job.outcome
        if outcome is None:
            return
        self._poll_timer.stop()
        self._job = None
        if self._sent != self._now():
            self._rest.start()
        elif isinstance(outcome, jobs.Result):
            found, means, lamps = outcome.value
            layer: LabelsLayer | None = self._session.labels
            if layer is not None and means is not None:
                self._session.uncertainty[layer] = means
            self._session.lamps = lamps
            self._session.findings = found
