"""Takes the edits of whatever labels are worked on into their timelines."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer

from ...review.edits.tally import Tally
from ..session.session import Session
from .layer_edits import LayerEdits, can_be_edited, edits_of

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

_POLL_MS = 50


class EditKeeper(QObject):
    """Gives the session's labels a timeline when they are first chosen, where their array can be edited in place.

    Their classes and contacts are counted once in a thread, as that takes longer than a window may stand still.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="count labels")
        self._counting: tuple[LayerEdits, int, Future[Tally]] | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look)

    def take(self, layer: LabelsLayer | None) -> None:
        """Take labels that were chosen."""
        if layer is None:
            return
        edits = edits_of(layer)
        if edits is None and can_be_edited(layer):
            edits = LayerEdits(layer, self._session.image)
        if edits is not None and edits.edited.tally is None:
            self._count(edits)

    def use_volume(self, volume: Image | None) -> None:
        """Take windows of voxel values from the volume that was chosen."""
        edits = edits_of(self._session.labels)
        if edits is not None:
            edits.use_volume(volume)

    def stop(self) -> None:
        """Count no more; labels keep their timelines, which outlive the dock."""
        self._poll.stop()
        self._counting = None
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _count(self, edits: LayerEdits) -> None:
        if self._counting is None:
            revision = edits.edited.timeline.revision
            self._counting = edits, revision, self._thread.submit(Tally.of, edits.edited.data)
            self._poll.start()

    def _look(self) -> None:
        assert self._counting is not None
        edits, revision, counted = self._counting
        if not counted.done():
            return
        self._counting = None
        self._poll.stop()
        # Labels that were edited meanwhile are counted once more.
        if counted.exception() is None and edits.edited.timeline.revision == revision:
            edits.edited.tally = counted.result()
        chosen = edits_of(self._session.labels)
        if chosen is not None and chosen.edited.tally is None:
            self._count(chosen)
