"""Takes the edits of whatever labels are worked on into their timelines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject

from ...review.edits.edit import prepare_edits
from ...review.edits.tally import Tally
from ..parts.background import Background
from ..session.session import Session
from .layer_edits import LayerEdits, can_be_edited, edits_of

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer


class EditKeeper(QObject):
    """Gives the session's labels a timeline when they are first chosen, where their array can be edited in place.

    Their classes and contacts are counted once in a thread, and what edits are made with is compiled there: that takes
    longer than a window may stand still.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background("count labels", self)

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
        self._background.stop()

    def _count(self, edits: LayerEdits) -> None:
        if not self._background.working:
            answer = partial(self._counted, edits, edits.edited.timeline.revision)
            self._background.ask(lambda progress: _counted(edits.edited.data), answer)

    def _counted(self, edits: LayerEdits, revision: int, tally: Any) -> None:
        # Labels that were edited meanwhile are counted once more.
        if isinstance(tally, Tally) and edits.edited.timeline.revision == revision:
            edits.edited.tally = tally
        chosen = edits_of(self._session.labels)
        if chosen is not None and chosen.edited.tally is None:
            self._count(chosen)


def _counted(data: NDArray[np.uint8]) -> Tally:
    prepare_edits()
    return Tally.of(data)
