"""Keeps the volumes of the classes up to date while labels are edited."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QTimer

from ...errors import InputError
from ...labels import Material
from ...review.edits.edit import Edit
from ..label_edits.layer_edits import LayerEdits, edits_of
from ..layers.check_sum import SLAB_BYTES, fingerprint_with_voxel_size, sum_of_planes, sums_of_planes
from ..layers.label_counts import change_of, count_by_slab, other_codes
from ..layers.layer_place import finest, voxel_size_um
from ..session.session import Session

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

_REST_MS = 200
_WATCHED = ("set_data", "data")
_PLACED = ("scale", "units", "affine", "shear", "rotate", "translate")


class LabelMonitor(QObject):
    """Counts the classes of the session's Labels layer.

    A stroke of the brush and every edit of the timeline say what they changed, so that the volumes follow at once, and
    only the planes that they touched are looked at again. What other plugins do says only that something changed: after
    a moment of rest everything is counted again, a slab at each turn of the event loop, so that a large volume does not
    hold the window. The recount also tells, by its check sum, whether the labels, and their voxel size, are still those
    that the factors were computed from: an edit and its undo leave them as they were.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._layer: LabelsLayer | None = None
        self._counts: NDArray[np.int64] | None = None
        self._sums: NDArray[np.uint32] | None = None  # check sums of the planes, as they were last taken
        self._touched: set[int] = set()  # planes whose check sums are to be taken again
        self._all = True  # or those of all planes, and the counts
        self._recount: Iterator[tuple[NDArray[np.int64], NDArray[np.uint32]]] | None = None
        self._last: tuple[NDArray[np.int64], NDArray[np.uint32]] | None = None
        self._end_listening: Callable[[], object] | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._begin)
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._take_turn)

    def watch(self, layer: LabelsLayer | None) -> None:
        """Count this layer from now on, and no other."""
        self.stop()
        self._layer = layer
        self._counts = self._sums = None
        self._touched, self._all = set(), True
        self._session.volumes_um3 = self._session.other_codes = None
        self._session.fingerprint = None
        if layer is None:
            return
        layer.events.paint.connect(self._painted)
        edits = edits_of(layer)
        if edits is not None:
            self._end_listening = edits.listen(self._edited)
        for name in _WATCHED:
            getattr(layer.events, name).connect(self._changed)
        for name in _PLACED:
            getattr(layer.events, name).connect(self._moved)
        self._begin()

    def stop(self) -> None:
        """Stop counting and let go of the layer."""
        self._rest.stop()
        self._turn.stop()
        self._recount = None
        if self._end_listening is not None:
            self._end_listening()
            self._end_listening = None
        if self._layer is None:
            return
        self._layer.events.paint.disconnect(self._painted)
        for name in _WATCHED:
            getattr(self._layer.events, name).disconnect(self._changed)
        for name in _PLACED:
            getattr(self._layer.events, name).disconnect(self._moved)
        self._layer = None

    def _painted(self, event: Any) -> None:
        self._session.fingerprint = None
        edits = edits_of(self._layer)
        if edits is not None and edits.edited.tally is not None:
            return  # the timeline tells it, and what its policy left of the stroke
        change = change_of(event.value)
        # While a recount runs nobody knows whether it saw the stroke: leave it to the next one.
        if self._counts is not None and change is not None and self._recount is None:
            self._counts = self._counts + change
            self._publish()
        self._changed()

    def _edited(self, edits: LayerEdits, edit: Edit | None) -> None:
        tally = edits.edited.tally
        if tally is None or edit is None:
            self._changed()
            return
        self._session.fingerprint = None
        self._counts = np.append(tally.counts, 0)  # uint8 has no other codes
        self._publish()
        self._touched.update(range(edit.box[0].start, edit.box[0].stop))
        self._begin_anew_after_rest()

    def _changed(self, event: Any = None) -> None:
        edits = edits_of(self._layer)
        if edits is not None and edits.showing and edits.edited.tally is not None:
            return
        self._all = True
        self._begin_anew_after_rest()

    def _begin_anew_after_rest(self) -> None:
        self._turn.stop()
        if self._recount is not None:  # it may have passed what changed
            self._recount, self._all = None, True
        self._rest.start()

    def _begin(self) -> None:
        if self._layer is None:
            return
        data = finest(self._layer)
        if len(data.shape) != 3 or 0 in data.shape:
            return
        if self._all or self._sums is None or len(self._sums) != data.shape[0]:
            self._recount, self._last = count_by_slab(data), None
            self._touched, self._sums, self._all = set(), None, False
        self._turn.start()

    def _take_turn(self) -> None:
        if self._recount is None:
            self._sum_planes()
        else:
            self._count_slab()

    def _sum_planes(self) -> None:
        """Take again the check sums of some planes that edits touched."""
        assert self._layer is not None and self._sums is not None
        data = finest(self._layer)
        most = max(1, SLAB_BYTES // max(1, int(np.prod(data.shape[1:]))))
        for plane in sorted(self._touched)[:most]:
            self._sums[plane] = sums_of_planes(data[plane : plane + 1])[0]
            self._touched.discard(plane)
        if not self._touched:
            self._turn.stop()
            self._identify()
            self._publish()

    def _count_slab(self) -> None:
        assert self._recount is not None
        try:
            self._last = next(self._recount)
            return
        except StopIteration:
            found = self._last
        except Exception as error:  # whatever reads a lazy array: its file or store may be gone
            logging.getLogger(__name__).warning("The labels cannot be counted: %s", error)
            found = None
        self._turn.stop()
        self._recount = self._last = None
        self._counts, self._sums = (None, None) if found is None else found
        self._check_tally()
        self._identify()
        self._publish()

    def _check_tally(self) -> None:
        """Forget a tally that something has written past; whoever needs it counts again."""
        edits = edits_of(self._layer)
        if edits is None or edits.edited.tally is None or self._counts is None:
            return
        if not np.array_equal(edits.edited.tally.counts, self._counts[:-1]):
            edits.edited.tally = None

    def _moved(self, event: Any = None) -> None:
        self._identify()
        self._publish()

    def _identify(self) -> None:
        if self._layer is None:
            return
        known = self._sums is not None and not self._touched and not self._all and self._recount is None
        if not known or self._sums is None:
            self._session.fingerprint = None
            return
        self._session.fingerprint = fingerprint_with_voxel_size(self._layer, sum_of_planes(self._sums))

    def _publish(self) -> None:
        if self._layer is None:
            return
        if self._counts is None:
            self._session.volumes_um3 = self._session.other_codes = None
            return
        self._session.other_codes = other_codes(self._counts)
        try:
            size = voxel_size_um(self._layer)
        except InputError:
            size = None
        if size is None:
            self._session.volumes_um3 = None
            return
        voxel = float(np.prod(size))
        self._session.volumes_um3 = {material: float(self._counts[material]) * voxel for material in Material}
