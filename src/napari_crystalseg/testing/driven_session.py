"""A session that a machine drives: what it must offer, and the one of this package."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ..box import Box
from ..errors import InputError
from ..labels import Labels, Material
from ..review.edits.change import Change
from ..review.edits.edited_labels import EditedLabels
from ..review.edits.policy import EditPolicy
from ..review.edits.tally import Tally
from ..review.session.acceptance import accept, corrected_from
from ..review.session.review_state import ReviewState, Tick
from ..review.session.session_folder import SessionFolder
from ..review.session.snapshot import Snapshot


class DrivenSession(Protocol):
    """A review that :func:`~napari_crystalseg.testing.session_machine.session_machine` works through.

    Bad input raises InputError and changes nothing.
    """

    @classmethod
    def begin(
        cls, folder: Path, labels: NDArray[np.uint8], values: NDArray[np.float32] | None, budget_bytes: int
    ) -> Self:
        """Begin a review.

        Parameters
        ----------
        folder : Path
            Folder, not there yet, that it is saved in.
        labels : ndarray of uint8, shape (z, y, x)
            Labels before any edit; codes above 4 occur. It may write into them.
        values : ndarray of float32, shape (z, y, x), or None
            Voxel values, where there is a volume.
        budget_bytes : int
            Memory that the timeline may take.
        """

    @classmethod
    def reopen(cls, folder: Path, values: NDArray[np.float32] | None, budget_bytes: int) -> Self:
        """Go on with a review that was saved; parameters as those of :meth:`begin`.

        Raises
        ------
        InputError
            Another one holds the folder.
        """

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Labels as they are, shape (z, y, x)."""

    @property
    def names(self) -> list[str]:
        """Names of the edits that can be taken back or made again, the oldest first."""

    @property
    def position(self) -> int:
        """How many of these the labels hold."""

    @property
    def tally(self) -> Tally:
        """Voxels and faces of the classes."""

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """Places that were ticked, in that order."""

    @property
    def locked(self) -> frozenset[Material]:
        """Classes that are locked, as they are saved."""

    def stroke(self, name: str, box: Box, painted: NDArray[np.uint8]) -> None:
        """Paint labels of the shape of a box, as a brush does, without a policy."""

    def apply(self, change: Change, policy: EditPolicy, name: str) -> None:
        """Make what a tool proposes, as far as a policy allows."""

    def undo(self) -> bool:
        """Take the last edit back; tell whether there was one."""

    def redo(self) -> bool:
        """Make it again; tell whether there was one."""

    def tick(self, tick: Tick) -> None:
        """Tick a place."""

    def untick(self, place: str) -> None:
        """Take the tick of a place away."""

    def lock(self, locked: frozenset[Material]) -> None:
        """Lock these classes and no others."""

    def save(self) -> str:
        """Save; return an empty text, or why it could not be saved."""

    def accept(self, automatic: NDArray[np.uint8]) -> None:
        """Accept the labels; ``automatic`` are those before any edit, shape (z, y, x)."""

    def accepted(self, automatic: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Labels that were accepted last, from what is on disk; shape (z, y, x)."""

    def kill(self) -> None:
        """Let go of the folder as the system does for a process that was killed; nothing is saved."""


class CoreSession:
    """The session of this package, without a viewer: a :class:`DrivenSession`."""

    def __init__(self, folder: SessionFolder, edited: EditedLabels, state: ReviewState) -> None:
        self.folder = folder
        self.edited = edited
        self.state = state
        edited.counted()

    @classmethod
    def begin(
        cls, folder: Path, labels: NDArray[np.uint8], values: NDArray[np.float32] | None, budget_bytes: int
    ) -> Self:
        """Begin a review; parameters as those of :meth:`DrivenSession.begin`."""
        edited = EditedLabels(labels, values=values, budget_bytes=budget_bytes)
        return cls(SessionFolder.create(folder, labels, {"of": "a test"}), edited, ReviewState())

    @classmethod
    def reopen(cls, folder: Path, values: NDArray[np.float32] | None, budget_bytes: int) -> Self:
        """Go on with a review; parameters as those of :meth:`DrivenSession.reopen`."""
        opened = SessionFolder.open(folder)
        try:
            resumed = opened.resume(budget_bytes)
        except InputError:
            opened.close()
            raise
        return cls(opened, EditedLabels(resumed.labels, values=values, timeline=resumed.timeline), resumed.state)

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Labels as they are, shape (z, y, x)."""
        return self.edited.data

    @property
    def names(self) -> list[str]:
        """Names of the edits in memory, the oldest first."""
        return [edit.name for edit in self.edited.timeline.edits]

    @property
    def position(self) -> int:
        """How many of these the labels hold."""
        return self.edited.timeline.position

    @property
    def tally(self) -> Tally:
        """Voxels and faces of the classes."""
        return self.edited.counted()

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """Places that were ticked, in that order."""
        return self.state.ticks

    @property
    def locked(self) -> frozenset[Material]:
        """Classes that are locked."""
        return self.state.locked

    def stroke(self, name: str, box: Box, painted: NDArray[np.uint8]) -> None:
        """Paint labels of the shape of a box."""
        before = self.edited.data[box].copy()
        self.edited.data[box] = painted
        self.edited.record(name, box, before)

    def apply(self, change: Change, policy: EditPolicy, name: str) -> None:
        """Make what a tool proposes, as far as a policy allows."""
        self.edited.apply_edit(change, policy=policy, name=name)

    def undo(self) -> bool:
        """Take the last edit back."""
        return self.edited.undo() is not None

    def redo(self) -> bool:
        """Make it again."""
        return self.edited.redo() is not None

    def tick(self, tick: Tick) -> None:
        """Tick a place."""
        self.state = self.state.ticked(tick)

    def untick(self, place: str) -> None:
        """Take the tick of a place away."""
        self.state = self.state.unticked(place)

    def lock(self, locked: frozenset[Material]) -> None:
        """Lock these classes and no others."""
        from dataclasses import replace

        self.state = replace(self.state, locked=locked)

    def save(self) -> str:
        """Save; return an empty text, or why it could not be saved."""
        try:
            self.folder.save(Snapshot.of(self.edited, self.state, self.folder.needs_labels(self.edited.timeline)))
        except InputError as error:
            return str(error)
        return ""

    def accept(self, automatic: NDArray[np.uint8]) -> None:
        """Accept the labels; ``automatic`` are those before any edit, shape (z, y, x)."""
        corrected = Labels(self.edited.data.copy(), None)
        accept(self.folder.path, automatic, corrected, self.edited.timeline, self.state, {})

    def accepted(self, automatic: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Labels that were accepted last, shape (z, y, x)."""
        return corrected_from(self.folder.path, automatic)

    def kill(self) -> None:
        """Let go of the folder; nothing is saved."""
        self.folder.close()
