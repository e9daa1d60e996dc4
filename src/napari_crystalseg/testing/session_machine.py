"""A machine that works through a review as people, disks and crashes do, and holds it against a plain one.

Importing it takes hypothesis, which the extra ``testing`` installs.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray

from ..box import shape_of
from ..errors import InputError
from ..labels import Material
from ..review.edits.change import Change
from ..review.edits.policy import EVERYTHING
from ..review.tools.copy_automatic import CopyAutomatic
from ..review.tools.pieces.holes import FillHoles
from ..review.tools.pieces.islands import KeepLargest, RemoveIslands
from ..review.tools.pieces.relabel import RelabelPiece, SwapClasses
from ..review.tools.regions.region_grow import RegionGrow
from ..review.tools.scene import Scene
from ..review.tools.strokes.ball import PaintBall
from ..review.tools.strokes.interpolation import InterpolateSlices
from ..review.tools.surfaces.grow import Grow, Shrink
from ..review.tools.surfaces.smooth import SmoothClass
from ..review.tools.tool import Tool
from . import strategies
from .driven_session import CoreSession, DrivenSession
from .failing_disk import Died, dying_process, full_disk
from .plain_review import PlainReview, edited_plainly, tally_plainly

QUICK_TOOLS: tuple[type[Tool], ...] = (
    KeepLargest,
    RemoveIslands,
    FillHoles,
    RelabelPiece,
    SwapClasses,
    Grow,
    Shrink,
    SmoothClass,
    PaintBall,
    InterpolateSlices,
    RegionGrow,
    CopyAutomatic,
)
"""Tools that take milliseconds on a few voxels."""

ENDLESS = 10**9
_BUDGETS = (1, 50, 200, 1000, ENDLESS)


class SessionMachine(RuleBasedStateMachine):
    """Strokes, tools, undo, redo, ticks, saves, full disks, crashes and reopenings in any order.

    After each of them the labels, the names of the timeline, the counts and the ticks must be those of the plain
    review; after a crash, those of the last save that was told to have succeeded, or of the one that was under way.
    """

    sessions: ClassVar[type[DrivenSession]] = CoreSession

    def __init__(self) -> None:
        super().__init__()
        self._place = TemporaryDirectory(prefix="crystalseg-")
        self.folder = Path(self._place.name) / "a.review"
        self.session: DrivenSession | None = None

    @initialize(
        data=st.data(), budget_bytes=st.sampled_from(_BUDGETS), with_values=st.booleans(), strange=st.booleans()
    )
    def begin(self, data: st.DataObject, budget_bytes: int, with_values: bool, strange: bool) -> None:
        """A review of any labels is begun."""
        self.strange = strange
        self.shape = data.draw(strategies.shapes())
        self.automatic = data.draw(strategies.codes(self.shape, strange))
        self.values = data.draw(strategies.values(self.shape)) if with_values else None
        self.budget_bytes = budget_bytes
        self.session = self.sessions.begin(self.folder, self.automatic.copy(), self.values, budget_bytes)
        self.model = PlainReview([self.automatic])
        self.saved = self.model.copy()
        self.accepted: NDArray[np.uint8] | None = None

    @property
    def driven(self) -> DrivenSession:
        """The session, which was begun."""
        assert self.session is not None
        return self.session

    @rule(data=st.data(), names=st.lists(strategies.names, min_size=1, max_size=3))
    def strokes(self, data: st.DataObject, names: list[str]) -> None:
        """Something paints into the labels, without a policy."""
        for name in names:
            box = data.draw(strategies.boxes(self.shape, empty=True))
            painted = data.draw(strategies.codes(shape_of(box), self.strange))
            after = self.model.labels.copy()
            after[box] = painted
            self.driven.stroke(name, box, painted)
            self.model.edit(name, after)
            self.agrees()

    @rule(data=st.data(), name=strategies.names)
    def edit(self, data: st.DataObject, name: str) -> None:
        """A change is made under a policy."""
        self._apply(data, data.draw(strategies.changes(self.shape)), name)

    @rule(data=st.data(), tool=st.sampled_from(QUICK_TOOLS))
    def tool(self, data: st.DataObject, tool: type[Tool]) -> None:
        """A tool proposes a change of any labels, or says why not."""
        axis = data.draw(st.integers(0, 2))
        slices = st.integers(0, self.shape[axis] - 1)
        point: Any = data.draw(st.none() | st.tuples(*[st.floats(-1, n) for n in self.shape]))
        scene = Scene(
            self.model.labels,
            data.draw(strategies.voxel_sizes_um()),
            data.draw(strategies.materials),
            self.values,
            point,
            axis,
            data.draw(slices),
            data.draw(st.none() | slices),
            None if point is None else np.array([point]),
            self.automatic,
        )
        before = self.model.labels.copy()
        try:
            change = tool().propose(scene)
        except InputError as error:
            note(f"{tool.title}: {error}")
            change = None
        np.testing.assert_array_equal(self.model.labels, before, "A tool wrote into the labels")
        if change is not None:
            self._apply(data, change, tool.title)

    def _apply(self, data: st.DataObject, change: Change, name: str) -> None:
        policy = EVERYTHING if data.draw(st.booleans()) else data.draw(strategies.policies(self.shape))
        try:
            after = edited_plainly(self.model.labels, change, policy, self.values)
        except InputError:
            self._refused(lambda: self.driven.apply(change, policy, name))
            return
        self.driven.apply(change, policy, name)
        for locked in policy.locked:
            np.testing.assert_array_equal(self.driven.labels == locked, self.model.labels == locked)
        self.model.edit(name, after)

    @rule(axis=st.integers(0, 2), beyond=st.integers(1, 3))
    def edit_beyond(self, axis: int, beyond: int) -> None:
        """A change that reaches beyond the labels is refused."""
        sides = [slice(0, n + beyond * (axis == own)) for own, n in enumerate(self.shape)]
        box = (sides[0], sides[1], sides[2])
        change = Change(box, np.ones(shape_of(box), bool), np.asarray(3))
        self._refused(lambda: self.driven.apply(change, EVERYTHING, "beyond"))

    @rule(times=st.integers(1, 4))
    def undo(self, times: int) -> None:
        """The last edits are taken back."""
        for _ in range(times):
            if self.driven.undo():
                self.model.position -= 1
            else:
                assert self.driven.position == 0
            self.agrees()

    @rule(times=st.integers(1, 4))
    def redo(self, times: int) -> None:
        """They are made again."""
        for _ in range(times):
            assert self.driven.redo() == (self.model.position < len(self.model.names))
            self.model.position = min(self.model.position + 1, len(self.model.names))
            self.agrees()

    @rule(
        data=st.data(),
        times=st.integers(0, 3),
        names=st.lists(strategies.names, min_size=1, max_size=4),
        writes=st.none() | st.integers(0, 3),
    )
    def change_of_mind(self, data: st.DataObject, times: int, names: list[str], writes: int | None) -> None:
        """What may have been saved is taken back, others take its place, and perhaps the second try saves them."""
        self.undo(times)
        self.strokes(data, names)
        if writes is not None:
            self.save_to_a_full_disk(writes)
        self.save()

    @rule(back=st.integers(0, 5))
    def undo_all_and_redo(self, back: int) -> None:
        """Everything is taken back, and made again but for some."""
        while self.driven.undo():
            self.model.position -= 1
            self.agrees()
        for _ in range(len(self.driven.names) - back):
            assert self.driven.redo()
            self.model.position += 1
            self.agrees()

    @precondition(lambda self: self.model.position > self.model.forgotten)
    @rule(data=st.data())
    def undo_after_a_foreign_hand(self, data: st.DataObject) -> None:
        """What wrote into an edit without a record is told at its undo, and nothing changes."""
        before, after = self.model.states[self.model.position - 1 : self.model.position + 1]
        changed = np.argwhere(before != after)
        voxel = tuple(changed[data.draw(st.integers(0, len(changed) - 1))])
        self.driven.labels[voxel] = other = after[voxel] ^ 1
        try:
            self.driven.undo()
        except InputError:
            pass
        else:
            raise AssertionError("An edit was taken back through what something else wrote since")
        assert self.driven.labels[voxel] == other
        self.driven.labels[voxel] = after[voxel]

    @rule(data=st.data())
    def tick(self, data: st.DataObject) -> None:
        """A place is ticked."""
        tick = data.draw(strategies.ticks(self.shape))
        self.driven.tick(tick)
        self.model.tick(tick)

    @precondition(lambda self: self.model.ticks)
    @rule(data=st.data())
    def untick(self, data: st.DataObject) -> None:
        """The tick of a place is taken away."""
        place = data.draw(st.sampled_from([*self.model.ticks]))
        self.driven.untick(place)
        del self.model.ticks[place]

    @rule(locked=st.frozensets(strategies.materials))
    def lock(self, locked: frozenset[Material]) -> None:
        """Classes are locked."""
        self.driven.lock(locked)
        self.model.locked = locked

    @rule()
    def save(self) -> None:
        """It is saved."""
        assert self.driven.save() == ""
        self.saved = self.model.copy()

    @rule(after=st.integers(0, 4))
    def save_to_a_full_disk(self, after: int) -> None:
        """The disk fills while it is saved, which is told; nothing in memory is lost."""
        with full_disk(after):
            told = self.driven.save()
        if not told:
            self.saved = self.model.copy()

    @precondition(lambda self: self.model.labels.max() <= max(Material))
    @rule()
    def accept(self) -> None:
        """The labels are accepted."""
        self.driven.accept(self.automatic)
        self.accepted = self.model.labels

    @rule(again=st.booleans())
    def kill(self, again: bool) -> None:
        """The process dies and another one goes on; perhaps it dies at once as well."""
        for _ in range(1 + again):
            self.driven.kill()
            self._reopened(self.saved)

    @rule(after=st.integers(0, 8))
    def kill_while_it_is_saved(self, after: int) -> None:
        """The process dies while it saves, and another one goes on from before or after it."""
        try:
            with dying_process(after):
                self.driven.save()
        except Died:
            pass
        self.driven.kill()
        self._reopened(self.model.copy(), self.saved)

    @rule()
    def close_and_reopen(self) -> None:
        """It is saved, closed and opened again."""
        self.save()
        self.kill(False)

    @rule()
    def open_twice(self) -> None:
        """What is open is not opened a second time, where the system can lock a folder."""
        import sys

        if sys.platform != "win32":
            self._refused(lambda: self.sessions.reopen(self.folder, self.values, self.budget_bytes))

    @invariant()
    def agrees(self) -> None:
        """Labels, timeline, counts and ticks are those of the plain review."""
        if self.session is None:
            return
        np.testing.assert_array_equal(self.session.labels, self.model.labels)
        forgotten = len(self.model.names) - len(self.session.names)
        assert forgotten >= self.model.forgotten, "Edits were forgotten and are there again"
        self.model.forgotten = forgotten
        assert self.session.names == self.model.names[forgotten:]
        assert self.session.position == self.model.position - forgotten
        assert not forgotten or self.budget_bytes < ENDLESS
        assert not self.model.names or self.session.names, "The last edit was forgotten"
        counts, faces = tally_plainly(self.model.labels)
        np.testing.assert_array_equal(self.session.tally.counts, counts)
        np.testing.assert_array_equal(self.session.tally.faces, faces)
        assert self.session.ticks == tuple(self.model.ticks.values())
        assert self.session.locked == self.model.locked

    def teardown(self) -> None:
        """All of it is taken back and made again, and goes on once more from the disk."""
        try:
            if self.session is not None:
                self.undo_all_and_redo(0)
                self.close_and_reopen()
                self.agrees()
                self.undo_all_and_redo(0)
        finally:
            if self.session is not None:
                self.session.kill()
            self._place.cleanup()

    def _refused(self, call: Any) -> None:
        try:
            call()
        except InputError:
            return
        raise AssertionError("Bad input was taken")

    def _reopened(self, *candidates: PlainReview) -> None:
        """Go on with one of these reviews."""
        self.session = self.sessions.reopen(self.folder, self.values, self.budget_bytes)
        matching = [one for one in candidates if _is_that_of(one, self.session)]
        for one in matching:
            # Memory may hold more of it than before, as the disk does, and never less.
            forgotten = len(one.names) - len(self.session.names)
            assert forgotten <= one.forgotten, "Edits that could be taken back no longer can"
            one.forgotten = forgotten
        if not matching:
            self.model = candidates[-1].copy()
            self.agrees()
        assert matching, "What was saved last is not what was opened again"
        self.model, self.saved = matching[0].copy(), matching[0].copy()
        if self.accepted is not None:
            np.testing.assert_array_equal(self.session.accepted(self.automatic), self.accepted)


def _is_that_of(model: PlainReview, session: DrivenSession) -> bool:
    forgotten = len(model.names) - len(session.names)
    return (
        forgotten >= 0
        and session.names == model.names[forgotten:]
        and session.position == model.position - forgotten
        and np.array_equal(session.labels, model.labels)
        and session.ticks == tuple(model.ticks.values())
        and session.locked == model.locked
    )


def session_machine(sessions: type[DrivenSession]) -> type[SessionMachine]:
    """Return the machine for sessions of another kind.

    Parameters
    ----------
    sessions : type
        Begins and reopens sessions, as :class:`~napari_crystalseg.testing.driven_session.DrivenSession` says.

    Returns
    -------
    type
        A state machine of hypothesis; its ``TestCase`` is a test that pytest and unittest run.
    """
    return type(f"{sessions.__name__}Machine", (SessionMachine,), {"sessions": sessions})
