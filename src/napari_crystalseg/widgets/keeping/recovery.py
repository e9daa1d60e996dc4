"""Finds the review that was begun of the data at hand, and goes on with it."""

from __future__ import annotations

import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from ...computing.no_collecting import no_collecting
from ...errors import CrystalSegError, InputError
from ...labels import Labels, Material
from ...review.session.begun_review import BegunReview, unfinished_review
from ...review.session.kept_labels import provenance_of
from ...review.session.kept_strokes import STROKES, strokes_of
from ...review.session.session_folder import Resumed, SessionFolder
from ...review.session.session_place import of_same_data, unreadable_reviews
from ..label_edits.layer_edits import LayerEdits
from ..layers.label_layer import add_labels, labels_layer
from ..layers.layer_place import shape_of, spatial_of
from .kept_review import kept_review_of
from .review_keeper import ReviewKeeper
from .reviewed_data import ReviewedData, reviewed_data

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    from ..parts.stage import Desk

_POLL_MS = 50


class Recovery(QObject):
    """Offers work that was begun on the data at hand and not accepted, such as before a crash.

    Parameters
    ----------
    desk : Desk
        Viewer, session, and the foot that speaks.
    keeper : ReviewKeeper
        Keeps what is gone on with.
    """

    changed = Signal()
    """There is another offer, or none any more."""
    went_on = Signal(bool)
    """Work is gone on with; whether places were looked at in it."""

    def __init__(self, desk: Desk, keeper: ReviewKeeper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bar, self._keeper = desk.session, desk.bar, keeper
        self._viewer = weakref.ref(desk.viewer)
        self._passed: set[Path] = set()  # gone on with, left alone, or damaged
        self.offer: BegunReview | None = None
        """Work that was found; None where there is none."""
        self.damage: tuple[Path, str] | None = None
        """A folder where work on the data lies that cannot be gone on with, and why; None where there is none."""
        self._told: set[Path] = set()
        # Not of parts.background, which drops what nobody waits for: this folder is locked, and must be closed then.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recovery")
        self._coming: Future[tuple[SessionFolder, Resumed]] | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._arrived)
        for field in ("image", "labels"):
            desk.connections.add(getattr(desk.session.events, field), self.look)
        # What was still being saved could not be taken, nor offered.
        keeper.let_go.connect(self.look)
        desk.connections.add_undo(self.stop)
        self.look()

    @property
    def busy(self) -> bool:
        """Whether work is being read."""
        return self._coming is not None

    @property
    def sentence(self) -> str:
        """What was found, in a sentence; empty where there is nothing."""
        if self.offer is not None:
            return f"Work of {self.offer.time} found for this sample: {self.offer.summary}."
        return "" if self.damage is None else f"{self.damage[1]} A new review is begun beside it."

    def look(self, value: object = None) -> None:
        """Look for work on the data at hand."""
        if self.busy:
            return
        viewer, session = self._viewer(), self._session
        layers = () if viewer is None else tuple(viewer.layers)
        data = reviewed_data(session.labels, session.image, layers)
        before = self.offer, self.damage
        self.offer = self.damage = None
        if data is not None:
            self._find(data, {kept.path for kept in map(kept_review_of, layers) if kept is not None})
        if (self.offer, self.damage) != before:
            self.changed.emit()

    def go_on(self) -> None:
        """Take up the work that was found, on a layer of its own, in a thread."""
        if self.offer is None or self.busy:
            return
        path = self.offer.path
        self._bar.say(f"Reading the work of {self.offer.time} …")
        self._coming = self._thread.submit(_read, path)
        self._poll.start()
        self.changed.emit()

    def begin_anew(self) -> None:
        """Leave the work that was found alone: nothing of it is removed, and a new folder is taken."""
        if self.busy:
            return
        if self.offer is not None:
            self._passed.add(self.offer.path)
            name = self.offer.path.name
            self._bar.say(f"The earlier work stays in {name}; edits from now on are kept in another folder.")
        elif self.damage is not None:
            self._passed.add(self.damage[0])
        self.look()

    def stop(self) -> None:
        """Look no more."""
        if self._coming is not None:
            self._coming.add_done_callback(_let_go)
            self._coming = None
        self._thread.shutdown(wait=False)
        self._poll.stop()

    def _find(self, data: ReviewedData, here: set[Path | None]) -> None:
        passed = self._passed | here
        try:
            found = unfinished_review(data.source, data.name, data.facts)
            unreadable = unreadable_reviews(data.source, data.name)
        except OSError:  # the folder may not be looked into
            return
        self.offer = None if found is None or found.path in passed else found
        for path, error in unreadable:
            if path not in passed:
                self.damage = path, str(error)
                if path not in self._told:
                    self._told.add(path)
                    self._bar.warn(str(error))

    def _arrived(self) -> None:
        if self._coming is None or not self._coming.done():
            return
        coming, offer = self._coming, self.offer
        self._coming = None
        self._poll.stop()
        assert offer is not None
        self._passed.add(offer.path)
        self.offer = None
        try:
            folder, resumed = coming.result()
        except (CrystalSegError, OSError, MemoryError, ValueError) as error:
            self._bar.warn(f"The work cannot be gone on with, and a new review is begun beside it. {error}")
        else:
            try:
                self._put_up(folder, resumed, offer)
            except BaseException:
                folder.close()
                raise
        self.changed.emit()

    def _put_up(self, folder: SessionFolder, resumed: Resumed, offer: BegunReview) -> None:
        viewer, session = self._viewer(), self._session
        if viewer is None:
            folder.close()
            return
        data = reviewed_data(session.labels, session.image, tuple(viewer.layers))
        if data is None or not of_same_data(folder.facts, data.facts):
            folder.close()
            self._passed.discard(offer.path)
            self._bar.warn("The sample was changed meanwhile; choose the one that the work belongs to again.")
            return
        shape = resumed.labels.shape
        image = session.image if session.image is not None and shape_of(session.image) == shape else None
        layer = self._layer(folder, resumed, image)
        edits = LayerEdits(layer, image, resumed.timeline)
        edits.policy = replace(edits.policy, locked=resumed.state.locked)
        if resumed.first_labels.max() <= max(Material):
            resumed.first_labels.flags.writeable = False
            session.automatic[layer] = resumed.first_labels
        session.earlier_ticks[layer] = resumed.state.ticks
        kept = self._keeper.adopt(edits, folder, resumed.state)
        if image is not None:
            session.ties.tie(layer, image)
            self._keep_strokes(image, resumed.state.settings.get(STROKES))
        if session.labels is not None:
            session.labels.visible = False
        add_labels(viewer, layer)
        session.labels = layer
        if kept.seen.row_box is not None:
            centre = [(start + stop - 1) / 2 for start, stop in kept.seen.row_box]
            viewer.dims.point = tuple(layer.data_to_world(centre))
        self._bar.say(f"Going on with the work of {offer.time}: {offer.summary}. Undo takes back each edit.")
        self.went_on.emit(bool(resumed.state.ticks or resumed.state.row))

    def _keep_strokes(self, image: Image, record: Any) -> None:
        """Hand over the strokes that were drawn on the volume."""
        if isinstance(record, dict) and record:
            try:
                self._session.earlier_strokes[image] = strokes_of(record, shape_of(image))
            except InputError as error:
                self._bar.warn(str(error))

    def _layer(self, folder: SessionFolder, resumed: Resumed, image: Image | None) -> LabelsLayer:
        """Make the layer: its record is of the labels before any edit, its array that with the edits."""
        session = self._session
        size = folder.facts.get("voxel_size_um")
        place = image if image is not None else session.labels
        first = np.minimum(resumed.first_labels, max(Material))
        labels = Labels(first, None if size is None else tuple(size), provenance=provenance_of(folder.facts))
        name = image.name if image is not None else folder.facts.get("name", folder.path.stem)
        layer = labels_layer(labels, None if place is None else spatial_of(place), f"{name} labels")
        layer.data = resumed.labels
        return layer


def _read(path: Path) -> tuple[SessionFolder, Resumed]:
    with no_collecting():
        folder = SessionFolder.open(path)
        try:
            return folder, folder.resume()
        except BaseException:
            folder.close()
            raise


def _let_go(coming: Future[tuple[SessionFolder, Resumed]]) -> None:
    if coming.exception() is None:
        coming.result()[0].close()
