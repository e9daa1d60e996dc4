"""Saves the review of the labels that are worked on, every half minute and at each tick."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from ...errors import CrystalSegError
from ...review.session.autosave import EVERY_S
from ...review.session.review_state import ReviewState
from ...review.session.session_folder import SessionFolder
from ..label_edits.layer_edits import LayerEdits, edits_of
from .drawn_strokes_record import DrawnStrokesRecord
from .kept_review import KeptReview, kept_review_of
from .places_seen import PlacesSeen, not_listed, with_earlier
from .reviewed_data import ReviewedData, reviewed_data

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

    from ..parts.stage import Desk
    from ..session.place_review import PlaceReview

_POLL_MS = 100
CLOSING_S = 10.0
"""The longest that closing waits for a disk, s; what is being saved then goes on in its thread."""
LEAVING_S = 120.0
"""The longest that another sample waits for a disk, s."""

Leave = Callable[[], None]
Stay = Callable[[str], None]
Accepted = Callable[[Path], None]


class ReviewKeeper(QObject):
    """Keeps the reviews of a viewer's labels on disk, each in a folder of its own, and counts the time spent.

    A folder is begun with the first edit or tick: looking around writes nothing. What cannot be saved is said at once,
    and tried again; nothing in memory is lost.

    Parameters
    ----------
    desk : Desk
        Viewer, session, and the foot that speaks.
    """

    changed = Signal()
    """Something was saved, or could not be, or other labels are worked on."""
    let_go = Signal()
    """The folder of labels that were removed may be taken again."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._bar = desk.session, desk.bar
        self._viewer = weakref.ref(desk.viewer)
        self._held: list[KeptReview] = []
        self._going: list[KeptReview] = []  # of layers that were removed
        self._released: list[KeptReview] = []  # of those, what is saved, and whose folder is being let go of
        self._leaving: list[tuple[KeptReview, Leave, Stay, float]] = []
        self._accepting: list[tuple[KeptReview, Mapping[str, Any], Accepted]] = []
        self._stamps: list[tuple[KeptReview, Future[Path], Accepted]] = []
        self._asked: set[KeptReview] = set()
        self._told: dict[KeptReview, str] = {}
        self._refused_leave: KeptReview | None = None
        self._kept: KeptReview | None = None
        self._every = QTimer(self)
        self._every.setInterval(round(1000 * EVERY_S))
        self._every.timeout.connect(self.save_all)
        self._every.start()
        self._poll = QTimer(self)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._look)
        connections = desk.connections
        connections.add(desk.viewer.layers.events.removed, self._removed)
        connections.add(desk.viewer.dims.events.current_step, self.touch)
        connections.add_undo(self.stop)

    @property
    def kept(self) -> KeptReview | None:
        """The review of the labels that are worked on; None where they cannot be edited in place."""
        return self._kept

    @property
    def line(self) -> str:
        """When it was saved and the time spent, such as "saved 14:32 · 1 min 40 s spent"."""
        kept = self._kept
        if kept is None:
            if self._session.labels is None:
                return ""
            return "Edits of these labels are not kept on disk: they lie in a file, or are not of uint8."
        spent = f"{spent_text(kept.clock.seconds)} spent"
        if kept.trouble:
            return f"not saved · {spent}"
        if kept.is_accepted and kept.is_saved:
            return f"accepted, saved {kept.saved_at or ''} · {spent}".replace("  ", " ")
        return f"saved {kept.saved_at} · {spent}" if kept.saved_at else spent

    def take(self, layer: LabelsLayer | None) -> None:
        """Keep the labels that were chosen, once they have a timeline."""
        edits = edits_of(layer)
        kept = kept_review_of(layer)
        if kept is None and edits is not None:
            kept = self._made(edits)
        if kept is not None and kept not in self._held:
            kept.hold()
            self._hold(kept)
        if self._kept is not None and self._kept is not kept:
            self._kept.clock.stop()
            self._ask(self._kept)
        self._kept = kept
        self.touch()
        if kept is not None:
            self._ask(kept)
        self.changed.emit()

    def adopt(self, edits: LayerEdits, folder: SessionFolder, state: ReviewState) -> KeptReview:
        """Go on in the folder of a review whose labels were put on a layer."""
        kept = self._made(edits, folder, state)
        self._hold(kept)
        return kept

    def take_review(self, review: PlaceReview | None) -> None:
        """Take the list of places of the session; one that is made anew gets ticks and row of an earlier one."""
        kept = self._kept
        if kept is None or review is None or review.layer is not kept.layer:
            return
        seen = PlacesSeen.of(review)
        if seen.listed != kept.seen.listed:
            before, row_box = kept.all_ticks, kept.seen.row_box
            kept.earlier = not_listed(before, seen.listed)
            kept.seen = PlacesSeen(listed=seen.listed)
            if review.at is None:  # it was just made
                restored = with_earlier(review, before, row_box)
                if restored is not review:
                    self._session.review = restored  # and is taken then
                    return
        self.take_places(seen)

    def take_places(self, seen: PlacesSeen) -> None:
        """Take what was found at the places, and where the user is; a new tick is saved at once."""
        kept = self._kept
        if kept is None or kept.seen == seen:
            return
        ticked = kept.seen.ticks != seen.ticks
        kept.seen = seen
        kept.clock.touch()
        if ticked:
            self._ask(kept)

    def touch(self, event: object = None) -> None:
        """Take a sign of life, such as a jump or a key."""
        if self._kept is not None:
            self._kept.clock.touch()

    def save(self) -> None:
        """Begin to save the labels that are worked on."""
        if self._kept is not None:
            self._ask(self._kept)

    def save_all(self) -> None:
        """Begin to save all that is not on disk."""
        for kept in (*self._held, *self._going):
            self._ask(kept)

    def leave(self, leave: Leave, stay: Stay) -> None:
        """Let another sample take the place once this one is saved, or say why it is not.

        Asked a second time, what cannot be saved is left all the same: its labels stay in the viewer.
        """
        kept = self._kept
        if kept is None or kept.is_saved or (kept is self._refused_leave and kept.trouble):
            leave()
            return
        self._leaving.append((kept, leave, stay, time.monotonic() + LEAVING_S))
        self._bar.say("Saving the edits of the sample at hand …")
        self._ask(kept)

    def accept(self, facts: Mapping[str, Any], accepted: Accepted) -> None:
        """Save all, then write the stamp, and call ``accepted`` with its path.

        Parameters
        ----------
        facts : mapping
            What else belongs into the stamp, as JSON holds it.
        accepted : callable
            Called with the stamp. What goes wrong is said in the foot.

        Raises
        ------
        CrystalSegError
            There are no labels that can be edited.
        """
        kept = self._kept
        if kept is None:
            raise CrystalSegError("There are no labels to accept that can be edited in place: segment a volume first.")
        kept.want()
        kept.clock.touch()
        self._accepting = [one for one in self._accepting if one[0] is not kept]
        self._accepting.append((kept, facts, accepted))
        self._ask(kept)

    def stop(self) -> None:
        """Save all, write the stamps that were asked for, and let go of the folders; no longer than :data:`CLOSING_S`.

        The layers keep their reviews, which a later dock goes on with.
        """
        end = time.monotonic() + CLOSING_S
        troubles = []
        for kept in (*self._held, *self._going):
            kept.call_on_edit(None)
            troubles.append(kept.finish(max(0.1, end - time.monotonic())) or self._finish_accepting(kept, end))
            kept.release(max(0.1, end - time.monotonic()))
        self._accepting, self._stamps = [], []
        self._held, self._going, self._leaving, self._kept = [], [], [], None
        self._released = []
        self._asked.clear()
        if any(troubles):
            from napari.utils.notifications import show_warning

            show_warning(f"Not all is saved. {next(filter(None, troubles))}")
        # Last: they may be gone already, with the window.
        self._every.stop()
        self._poll.stop()

    def _finish_accepting(self, kept: KeptReview, end: float) -> str:
        """Write the stamp that was asked for just before closing, and wait for it; returns why there is none."""
        asked = [facts for one, facts, _ in self._accepting if one is kept]
        stamps = [stamp for one, stamp, _ in self._stamps if one is kept]
        if asked and kept.is_saved:
            stamps.append(kept.accept(asked[-1]))
        for stamp in stamps:
            try:
                stamp.result(max(0.1, end - time.monotonic()))
            except TimeoutError:
                return "The labels are still being accepted, which takes long here; it goes on in the background."
            except (CrystalSegError, OSError, MemoryError) as error:
                return f"The labels are not accepted: {error}"
        return kept.finish(max(0.1, end - time.monotonic())) if stamps else ""

    def _made(
        self, edits: LayerEdits, folder: SessionFolder | None = None, state: ReviewState | None = None
    ) -> KeptReview:
        layer, session = edits.layer, self._session
        return KeptReview(
            edits,
            partial(_data, self._viewer, session, layer),
            partial(session.automatic.get, layer),
            DrawnStrokesRecord(self._viewer, session.ties, layer),
            folder,
            state,
        )

    def _hold(self, kept: KeptReview) -> None:
        self._held.append(kept)
        kept.call_on_edit(self._edited)

    def _edited(self, kept: KeptReview) -> None:
        # The first is saved at once, so that a place that takes nothing is known before there is much to lose.
        if kept.path is None:
            self._ask(kept)

    def _removed(self, event: Any) -> None:
        kept = kept_review_of(event.value)
        if kept is None or kept not in self._held:
            return
        self._held.remove(kept)
        kept.call_on_edit(None)
        if kept is self._kept:
            self._kept = None
            self.changed.emit()
        if kept.is_worth_keeping:
            self._going.append(kept)
            self._ask(kept)

    def _ask(self, kept: KeptReview) -> None:
        self._asked.add(kept)
        self._serve(kept)
        self._poll.start()

    def _serve(self, kept: KeptReview) -> None:
        if kept in self._asked and not kept.busy and kept.save():
            self._asked.discard(kept)

    def _look(self) -> None:
        for kept in (*self._held, *self._going):
            if not kept.busy:
                self._serve(kept)
            self._tell(kept)
        self._look_at_leaving()
        self._look_at_accepting()
        stamped = {kept for kept, _, _ in (*self._accepting, *self._stamps)}
        gone = [kept for kept in self._going if not kept.busy and kept.is_saved and kept not in stamped | self._asked]
        for kept in gone:
            self._going.remove(kept)
            self._told.pop(kept, None)
            kept.release()
            self._released.append(kept)
        free = [kept for kept in self._released if kept.is_let_go]
        self._released = [kept for kept in self._released if kept not in free]
        if free:
            self.let_go.emit()
        busy = any(kept.busy for kept in (*self._held, *self._going))
        if not (busy or self._asked or self._leaving or self._accepting or self._stamps or self._released):
            self._poll.stop()

    def _tell(self, kept: KeptReview) -> None:
        """Say what changed about a review being saved."""
        if kept.busy:
            return
        trouble = kept.trouble
        if trouble != self._told.get(kept, ""):
            self._told[kept] = trouble
            if trouble:
                why = trouble.replace("; choose another place.", ".")  # nobody is asked for one here
                self._bar.warn_until_mended(
                    f"The edits are not saved, but nothing is lost yet: it is tried again soon. {why}"
                )
            else:
                self._refused_leave = None
                if not any(self._told.values()):
                    self._bar.mended("The edits are saved again.")
            self.changed.emit()
        if kept.take_new_save() and not trouble:
            kept.saved_at = f"{datetime.now():%H:%M}"
            self.changed.emit()
        elif kept.must_begin and not trouble:
            self._asked.add(kept)  # its folder could only be begun with a copy of the labels

    def _look_at_leaving(self) -> None:
        waiting, self._leaving = self._leaving, []
        for kept, leave, stay, end in waiting:
            if kept.busy or kept in self._asked:
                if time.monotonic() < end:
                    self._leaving.append((kept, leave, stay, end))
                else:
                    self._refused_leave = kept
                    stay("The sample at hand is still being saved, which takes long here: wait a moment.")
            elif kept.is_saved:
                leave()
            elif kept.trouble:
                self._refused_leave = kept
                stay(f"The sample at hand is not saved: {kept.trouble} Once more leaves it unsaved in the viewer.")
            else:
                self._ask(kept)
                self._leaving.append((kept, leave, stay, end))

    def _look_at_accepting(self) -> None:
        waiting, self._accepting = self._accepting, []
        for kept, facts, accepted in waiting:
            if kept.busy or kept in self._asked:
                self._accepting.append((kept, facts, accepted))
            elif kept.is_saved:
                self._stamps.append((kept, kept.accept(facts), accepted))
            elif not kept.trouble:
                self._ask(kept)
                self._accepting.append((kept, facts, accepted))
            # else what is wrong was said
        stamps, self._stamps = self._stamps, []
        for kept, stamp, accepted in stamps:
            if not stamp.done():
                self._stamps.append((kept, stamp, accepted))
                continue
            error = stamp.exception()
            if error is None:
                accepted(stamp.result())
            elif isinstance(error, CrystalSegError | OSError | MemoryError):
                self._bar.warn(f"The labels are not accepted: {error}")
            else:
                raise error
            self._ask(kept)
            self.changed.emit()


def spent_text(seconds: float) -> str:
    """Time spent in words, such as "1 min 40 s"."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _data(viewer: Any, session: Any, layer: LabelsLayer) -> ReviewedData | None:
    """Tell what labels are a review of, without keeping the viewer alive."""
    found = viewer()
    image = session.ties.volume_of(layer) or (session.image if session.labels is layer else None)
    return reviewed_data(layer, image, () if found is None else tuple(found.layers))
