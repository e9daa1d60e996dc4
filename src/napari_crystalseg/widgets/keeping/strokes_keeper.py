"""Keeps strokes on volumes that have no labels yet, every half minute, and takes them up again."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from qtpy.QtCore import QObject, QTimer

from ...errors import CrystalSegError, InputError
from ...review.session.autosave import EVERY_S
from ...review.session.kept_strokes import strokes_of, strokes_record
from ...review.session.strokes_file import StrokesFile
from ..label_edits.drawn_strokes import drawn_strokes
from ..label_edits.layer_edits import edits_of
from ..layers.layer_place import shape_of
from ..layers.strokes_layer import is_strokes
from .kept_review import kept_review_of
from .reviewed_data import reviewed_data

if TYPE_CHECKING:
    from napari.layers import Image

    from ..parts.stage import Desk

_POLL_MS = 100
CLOSING_S = 5.0
"""The longest that closing waits for a disk, s."""


class StrokesKeeper(QObject):
    """Saves the strokes of each volume whose labels, with a review that keeps them, are still to come.

    Once a review has saved them the file is removed, and so it is when they were wiped. Strokes that are found of a
    volume that is chosen are handed over as those of a review that is gone on with.

    Parameters
    ----------
    desk : Desk
        Viewer, session, and the foot that speaks.
    """

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bar = desk.session, desk.bar
        self._viewer = weakref.ref(desk.viewer)
        self._files: WeakKeyDictionary[Any, StrokesFile] = WeakKeyDictionary()
        self._saved: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()  # what of each volume is on disk, or on its way
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="strokes")
        self._running: list[tuple[Any, Future[None]]] = []
        self._trouble = ""
        self._every = QTimer(self)
        self._every.setInterval(round(1000 * EVERY_S))
        self._every.timeout.connect(self.save)
        self._every.start()
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look)
        connections = desk.connections
        connections.add(desk.session.events.image, self.take)
        # Before the layers are gone; what is drawn is told from their edits.
        connections.add(desk.viewer.layers.events.removing, self.save)
        connections.add_undo(self.stop)
        self.take(desk.session.image)

    @property
    def busy(self) -> bool:
        """Whether something is being saved."""
        return any(not future.done() for _, future in self._running)

    def take(self, image: Image | None) -> None:
        """Look for strokes that were drawn on a volume that is chosen; what was drawn on the one before is saved."""
        self.save()
        if image is None or image in self._files:
            return
        file = self._file(image)
        record = None if file is None else file.find()
        if record is None or self._has_layer(image):
            return
        try:
            self._session.earlier_strokes[image] = strokes_of(record, shape_of(image))
        except InputError as error:
            self._bar.warn(str(error))
            self._files.pop(image, None)

    def save(self, event: object = None) -> None:
        """Begin to save what is not on disk."""
        viewer = self._viewer()
        if viewer is None:
            return
        for layer in tuple(viewer.layers):
            image = self._session.ties.volume_of(layer) if is_strokes(layer) else None
            edits = None if image is None else edits_of(layer)
            if image is None or edits is None or image in self._session.earlier_strokes:
                continue
            strokes = drawn_strokes(edits)
            if strokes is None or self._review_has(image):
                self._forget(image)
            elif self._saved.get(image) is not strokes:
                file = self._file(image)
                if file is not None:
                    self._saved[image] = strokes
                    self._do(image, file.save, strokes_record(strokes, edits.edited.data.shape))

    def stop(self) -> None:
        """Save all, and wait for that no longer than :data:`CLOSING_S`."""
        self.save()
        wait([future for _, future in self._running], CLOSING_S)
        self._thread.shutdown(wait=False)
        self._running.clear()
        self._every.stop()
        self._poll.stop()

    def _has_layer(self, image: Image) -> bool:
        """Whether strokes of a volume are there already, such as from an earlier dock of this viewer."""
        viewer = self._viewer()
        layers = () if viewer is None else tuple(viewer.layers)
        return any(
            is_strokes(one) and self._session.ties.volume_of(one) is image and edits_of(one) is not None
            for one in layers
        )

    def _review_has(self, image: Image) -> bool:
        """Whether a review of labels of a volume holds its strokes on disk."""
        viewer = self._viewer()
        layers = () if viewer is None else tuple(viewer.layers)
        reviews = (kept_review_of(one) for one in layers if self._session.ties.volume_of(one) is image)
        return any(kept is not None and kept.path is not None and kept.is_saved for kept in reviews)

    def _forget(self, image: Image) -> None:
        file = self._files.get(image)
        self._saved.pop(image, None)
        if file is not None and file.path is not None:
            self._do(image, file.remove)

    def _file(self, image: Image) -> StrokesFile | None:
        if image not in self._files:
            viewer = self._viewer()
            data = reviewed_data(None, image, () if viewer is None else tuple(viewer.layers))
            if data is None:
                return None
            self._files[image] = StrokesFile(data.source, data.name, data.facts)
        return self._files[image]

    def _do(self, image: Image, action: Any, *given: Mapping[str, Any]) -> None:
        self._running.append((weakref.ref(image), self._thread.submit(action, *given)))
        self._poll.start()

    def _look(self) -> None:
        done = [one for one in self._running if one[1].done()]
        self._running = [one for one in self._running if not one[1].done()]
        for image, future in done:
            error = future.exception()
            if error is not None and not isinstance(error, CrystalSegError | OSError):
                raise error
            if error is not None:
                self._saved.pop(image(), None)  # tried again the next time
            trouble = "" if error is None else str(error).replace("; choose another place.", ".")
            if trouble != self._trouble:
                self._trouble = trouble
                if trouble:
                    self._bar.warn_until_mended(
                        f"The strokes are not saved, but nothing is lost yet: it is tried again soon. {trouble}"
                    )
                else:
                    self._bar.mended("The strokes are saved again.")
        if not self._running:
            self._poll.stop()
