"""The review of one layer of labels: what is to be saved of it, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakKeyDictionary, WeakMethod, ref

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels
from ...provenance import Provenance
from ...review.edits.edit import Edit
from ...review.edits.timeline import Timeline
from ...review.session.acceptance import accept
from ...review.session.autosave import Autosave
from ...review.session.begun_review import ACCEPTED
from ...review.session.clock import ReviewClock
from ...review.session.first_labels import first_labels
from ...review.session.kept_labels import with_provenance
from ...review.session.kept_strokes import STROKES
from ...review.session.review_state import ReviewState, Tick
from ...review.session.session_folder import SessionFolder
from ...review.session.session_place import begin_review
from ...review.session.snapshot import Snapshot
from ..label_edits.layer_edits import LayerEdits
from ..layers.layer_place import voxel_size_um
from ..layers.layer_record import RECORD
from .places_seen import PlacesSeen, Sides
from .reviewed_data import ReviewedData

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

ROW_BOX = "row_box"
"""Key in the settings of a state: box of the place that is being looked at."""

_PATIENCE = 50
"""How often it is asked to save before it counts labels by itself, which nobody else seems to do."""

# By the layer, whose edits keep it alive.
_kept: WeakKeyDictionary[Any, ReferenceType[KeptReview]] = WeakKeyDictionary()


class KeptReview:
    """What is saved of the review of one layer, begun with its first edit or tick.

    Parameters
    ----------
    edits : LayerEdits
        Edits of the layer.
    data : callable
        Tells what the labels are a review of, when that is to be known.
    automatic : callable
        Returns the labels before any edit, as far as they are known.
    strokes : callable
        Returns the strokes that teach, as :func:`.kept_strokes.strokes_record` has them: empty where there are none,
        None where nobody knows.
    folder : SessionFolder, optional
        Folder of a review that is gone on with.
    state : ReviewState
        Where it was.
    """

    def __init__(
        self,
        edits: LayerEdits,
        data: Callable[[], ReviewedData | None],
        automatic: Callable[[], NDArray[np.uint8] | None],
        strokes: Callable[[], Mapping[str, Any] | None],
        folder: SessionFolder | None = None,
        state: ReviewState | None = None,
    ) -> None:
        state = ReviewState() if state is None else state
        self.edits = edits
        self.clock = ReviewClock(state.seconds)
        self.seen = PlacesSeen(row=state.row, row_box=_sides(state.settings.get(ROW_BOX)))
        self.earlier = state.ticks
        """Ticks of the lists before the one at hand."""
        self.saved_at: Any = None
        """When all was saved last, as a time of day; None before."""
        self._data, self._automatic, self._strokes = data, automatic, strokes
        self._settings: Mapping[str, Any] = state.settings
        self._accepted: tuple[int, tuple[Tick, ...]] | None = None
        if state.settings.get(ACCEPTED):
            self._accepted = edits.edited.timeline.revision, state.ticks
        self._known: ReviewedData | None = None
        self._source_provenance = Provenance()
        self._autosave = Autosave(self._begin if folder is None else folder, edits.edited, self.state, _nothing)
        self._released = False
        self._wanted = False
        self._waited = 0
        self._saves_seen = 0
        edits.listen(self._edited)  # for as long as there are edits
        self._on_edit: WeakMethod[Callable[[KeptReview], None]] | None = None
        _kept[edits.layer] = ref(self)

    @property
    def layer(self) -> LabelsLayer:
        """Labels that it is the review of."""
        return self.edits.layer

    @property
    def path(self) -> Path | None:
        """Folder that it is saved in; None before it is begun."""
        return None if self._autosave.folder is None else self._autosave.folder.path

    @property
    def is_worth_keeping(self) -> bool:
        """Whether anything was done: looking around is not."""
        timeline = self._autosave.edited.timeline
        done = timeline.edits or timeline.forgotten or self._ticks() or self._drawn()
        return self._wanted or self.path is not None or bool(done)

    @property
    def busy(self) -> bool:
        """Whether it is being saved."""
        return self._autosave.busy

    @property
    def is_saved(self) -> bool:
        """Whether all that was done is on disk, or nothing was."""
        return not self.is_worth_keeping or self._autosave.up_to_date

    @property
    def trouble(self) -> str:
        """Why it could not be saved the last time, in a sentence; empty where it was."""
        return self._autosave.sentence

    @property
    def is_accepted(self) -> bool:
        """Whether the labels and ticks are those that were accepted."""
        return self._accepted == (self._autosave.edited.timeline.revision, self._ticks())

    @property
    def all_ticks(self) -> tuple[Tick, ...]:
        """Places that were looked at, in the list at hand and in earlier ones."""
        return self._ticks()

    def state(self) -> ReviewState:
        """Where the review is."""
        settings = dict(self._settings) | {ACCEPTED: self.is_accepted}
        settings[STROKES] = self._drawn()
        settings[ROW_BOX] = None if self.seen.row_box is None else [list(side) for side in self.seen.row_box]
        return ReviewState(
            self._ticks(),
            self.seen.row,
            self.edits.policy.locked,
            round(self.clock.seconds, 1),
            MappingProxyType(settings),
        )

    def call_on_edit(self, method: Callable[[KeptReview], None] | None) -> None:
        """Call a bound method after each edit from now on, which is not kept alive for it; None to end it."""
        self._on_edit = None if method is None else WeakMethod(method)

    def want(self) -> None:
        """Keep it even if nothing is done: it is to be accepted."""
        self._wanted = True

    @property
    def must_begin(self) -> bool:
        """Whether there is something to save and no folder yet."""
        return self.is_worth_keeping and self.path is None

    def take_new_save(self) -> bool:
        """Whether it was saved since this was last asked."""
        new = self._autosave.saves != self._saves_seen
        self._saves_seen = self._autosave.saves
        return new

    def save(self) -> bool:
        """Begin to save what is new; False where labels are still being counted, so that it is to be asked again."""
        if self._released or not self.is_worth_keeping:
            return True
        # To count them here would let the window stand still.
        if self._autosave.edited.tally is None and self._waited < _PATIENCE:
            self._waited += 1
            return False
        self._waited = 0
        self._note_data()
        self._autosave.save()
        return True

    def finish(self, timeout_s: float | None = None) -> str:
        """Save all and wait for it, each time no longer than ``timeout_s``; returns why it could not be, or nothing."""
        if self._released or not self.is_worth_keeping:
            return ""
        self._note_data()
        return self._autosave.finish(timeout_s)

    def release(self, timeout_s: float = 0.0) -> None:
        """Let another process take the folder, once what is being saved is saved; wait for that no longer than said."""
        if not self._released:
            self._released = True
            self.clock.stop()
            self._autosave.release(timeout_s)

    @property
    def is_let_go(self) -> bool:
        """Whether another may take the folder, after :meth:`release`."""
        return self._autosave.is_let_go

    def hold(self) -> None:
        """Go on after :meth:`release`; in a folder of its own where another has taken this one."""
        if not self._released:
            return
        self._released = False
        try:
            self._autosave.hold()
        except Exception:
            self._autosave = Autosave(self._begin, self.edits.edited, self.state, _nothing)

    def accept(self, facts: Mapping[str, Any]) -> Future[Path]:
        """Write the stamp, the corrected labels and what was corrected, in a thread; all is to be saved before.

        Parameters
        ----------
        facts : mapping
            What else belongs into the stamp.

        Returns
        -------
        Future of Path
            The stamp; an error in it where it could not be written, and labels that are no classes.
        """
        edited, timeline = self._autosave.edited, self._autosave.edited.timeline
        earlier = self._accepted
        self._accepted = timeline.revision, self._ticks()
        state, data = self.state(), edited.data.copy()
        frozen = Timeline(timeline.edits, timeline.position, timeline.budget_bytes)
        frozen.forgotten, frozen.last_forgotten = timeline.forgotten, timeline.last_forgotten
        automatic = self._automatic()
        record = self.layer.metadata.get(RECORD, {})
        provenance = record.get("provenance", Provenance())
        if timeline.position or timeline.forgotten:
            provenance = provenance.then("edit by hand in napari", edits=timeline.position + timeline.forgotten)
        size = voxel_size_um(self.layer)

        def write(folder: SessionFolder) -> Path:
            labels = Labels(data, size, provenance=provenance)
            first = automatic
            if first is None or first.shape != data.shape:
                first = data.copy()
                for edit in reversed(frozen.edits[: frozen.position]):
                    edit.undo(first)
            return accept(folder.path, first, labels, frozen, state, facts)

        def written(future: Future[Path]) -> None:
            if future.exception() is not None:
                self._accepted = earlier

        stamp = self._autosave.then(write)
        stamp.add_done_callback(written)
        return stamp

    def _drawn(self) -> Mapping[str, Any]:
        """Strokes that teach, those of before while nobody knows."""
        found = self._strokes()
        if found is not None:
            self._settings = {**self._settings, STROKES: found}
        return self._settings.get(STROKES) or {}

    def _ticks(self) -> tuple[Tick, ...]:
        listed = {*self.seen.listed, *(tick.box for tick in self.seen.ticks)}
        return (*(tick for tick in self.earlier if tick.box not in listed), *self.seen.ticks)

    def _edited(self, edits: LayerEdits, edit: Edit | None) -> None:
        if edit is None and edits.edited is not self._autosave.edited:
            self._replaced()
        self.clock.touch()
        on_edit = None if self._on_edit is None else self._on_edit()
        if on_edit is not None:
            on_edit(self)

    def _replaced(self) -> None:
        """Go on with another array of labels: in the same folder where it is of the same timeline."""
        now = self.edits.edited
        if now.timeline is self._autosave.edited.timeline:
            self._autosave.edited = now
            return
        self._autosave.release()
        self._known, self._accepted, self.earlier, self.seen = None, None, (), PlacesSeen()
        self._autosave = Autosave(self._begin, now, self.state, _nothing)

    def _note_data(self) -> None:
        # In the window's thread, as layers are asked.
        if self._known is None:
            self._known = self._data()
            record = self.layer.metadata.get(RECORD, {}).get("provenance")
            self._source_provenance = record if isinstance(record, Provenance) else Provenance()

    def _begin(self, snapshot: Snapshot) -> SessionFolder | None:
        """Begin the folder, in the thread that saves."""
        first = first_labels(snapshot, self._automatic())
        known = self._known
        if first is None or known is None:
            return None
        facts = with_provenance({**known.facts, "name": known.name}, self._source_provenance)
        return begin_review(known.source, known.name, first, facts)


def kept_review_of(layer: Any) -> KeptReview | None:
    """Return the review of a layer; None where there is none yet."""
    found = None if layer is None else _kept.get(layer)
    return None if found is None else found()


def _sides(box: Any) -> Sides | None:
    try:
        z, y, x = ((int(start), int(stop)) for start, stop in box)
    except (TypeError, ValueError):
        return None
    return z, y, x


def _nothing(sentence: str) -> None:
    """The keeper looks at the sentence in the window's thread."""
