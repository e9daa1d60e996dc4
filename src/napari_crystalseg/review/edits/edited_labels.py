"""Labels that are being edited: one door for every edit, and one timeline that takes them back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...box import Box
from ...checks import checked_shape, checked_voxel_size
from ...errors import InputError
from .change import Change
from .edit import Edit
from .policy import EVERYTHING, EditPolicy
from .tally import Tally
from .timeline import BUDGET_BYTES, Timeline

Listener = Callable[[Edit, Tally | None], None]


@dataclass(frozen=True, eq=False)
class PreparedEdit:
    """An edit that was worked out and not yet made.

    Parameters
    ----------
    edit : Edit
        What would change.
    revision : int
        Revision of the timeline that it is for.
    """

    edit: Edit
    revision: int


class EditedLabels:
    """Labels in memory that are changed in place, each time through the same door.

    Parameters
    ----------
    data : ndarray of uint8, shape (z, y, x)
        Labels, C-contiguous and writable. They are changed in place, so that whoever shows them sees it. Codes that are
        no :class:`Material` are kept as they are until an edit overwrites them.
    voxel_size_um : float or (float, float, float), or None
        Voxel size along (z, y, x), µm; None where it is not known.
    values : ndarray, shape (z, y, x), optional
        Voxel values of the volume that the labels belong to, for policies with a window. May be lazy: only the box of
        an edit is read.
    timeline : Timeline, optional
        Edits that led to these labels.
    budget_bytes : int
        Memory that the timeline may take, where none is given.

    Raises
    ------
    InputError
        Labels that are not of this kind, or a volume of another shape.
    """

    def __init__(
        self,
        data: NDArray[np.uint8],
        voxel_size_um: float | tuple[float, float, float] | None = None,
        *,
        values: NDArray[np.floating] | None = None,
        timeline: Timeline | None = None,
        budget_bytes: int = BUDGET_BYTES,
    ) -> None:
        checked_shape(data, "The label volume", ("z", "y", "x"))
        if data.dtype != np.uint8 or not data.flags.c_contiguous or not data.flags.writeable:
            raise InputError("Labels are edited as a writable array of uint8 in C order; make a copy of this kind.")
        if values is not None and tuple(values.shape) != data.shape:
            raise InputError(
                f"The volume has {tuple(values.shape)} voxels, the labels {data.shape}; choose one of the same grid."
            )
        self.data = data
        self.voxel_size_um = None if voxel_size_um is None else checked_voxel_size(voxel_size_um)
        self.values = values
        self.timeline = Timeline(budget_bytes=budget_bytes) if timeline is None else timeline
        self.tally: Tally | None = None
        """Voxels and contacts of the classes, kept up to date once they were counted."""
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function with each edit that was made, taken back or made again, and the tally after it.

        Returns
        -------
        callable
            Ends it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def counted(self) -> Tally:
        """Return voxels and contacts of the classes; counts all of them the first time."""
        if self.tally is None:
            self.tally = Tally.of(self.data)
        return self.tally

    def apply_edit(
        self,
        where: Change | NDArray[np.bool_] | Box,
        label: int | None = None,
        policy: EditPolicy = EVERYTHING,
        name: str = "Edit",
    ) -> Edit | None:
        """Edit labels, as far as a policy allows.

        Parameters
        ----------
        where : Change, ndarray of bool of shape (z, y, x), or (slice, slice, slice)
            What a tool proposes, or a mask or a box that gets one class.
        label : int, optional
            The class of a mask or box.
        policy : EditPolicy
            What may be touched.
        name : str
            What is done, as the user reads it in the timeline.

        Returns
        -------
        Edit or None
            What was changed; None where nothing was.

        Raises
        ------
        InputError
            A mask or box without a class, beyond the volume or of another shape, or a policy that needs the volume.
        """
        prepared = self.prepare(where, label, policy, name)
        return None if prepared is None else self.make(prepared)

    def prepare(
        self,
        where: Change | NDArray[np.bool_] | Box,
        label: int | None = None,
        policy: EditPolicy = EVERYTHING,
        name: str = "Edit",
    ) -> PreparedEdit | None:
        """Work out an edit and make it later: a thread may take the time that this takes.

        Takes and raises what :meth:`apply_edit` does, and changes nothing.

        Returns
        -------
        PreparedEdit or None
            For :meth:`make`; None where nothing would change.
        """
        revision = self.timeline.revision
        change = self._change(where, label)
        if change is None:
            return None
        box = change.box
        before = self.data[box]
        values = None
        if policy.window is not None and self.values is not None:
            values = self.values
        allowed = policy.allowed(change, self.data, values)
        after = np.where(allowed, change.labels, before)
        edit = Edit.between(name, box, before, after, self.data.shape)
        return None if edit is None else PreparedEdit(edit, revision)

    def make(self, prepared: PreparedEdit) -> Edit:
        """Make an edit that was prepared.

        Raises
        ------
        InputError
            The labels were edited since; nothing is changed.
        """
        if prepared.revision != self.timeline.revision:
            raise InputError(f"The labels were edited since “{prepared.edit.name}” was prepared; prepare it again.")
        edit = prepared.edit
        edit.redo(self.data)
        self.timeline.add(edit)
        self._announce(edit)
        return edit

    def record(
        self, name: str, box: Box, before: NDArray[np.uint8], after: NDArray[np.uint8] | None = None
    ) -> Edit | None:
        """Take up what something else paints into the labels, such as the viewer's brush.

        Parameters
        ----------
        name : str
            What was done, as the user reads it in the timeline.
        box : (slice, slice, slice)
            Around what was painted.
        before : ndarray of uint8, shape of the box
            Its labels before.
        after : ndarray of uint8, shape of the box, optional
            Its labels after, where they are only being written; those that are there if it is not given.

        Returns
        -------
        Edit or None
            What was changed; None where nothing was.
        """
        written = after is None or np.array_equal(self.data[box], after)
        edit = Edit.between(name, box, before, self.data[box] if after is None else after, self.data.shape)
        if edit is None:
            return None
        self.timeline.add(edit)
        self._announce(edit, written=written)
        return edit

    def undo(self) -> Edit | None:
        """Take the last edit back; None where there is none.

        Raises
        ------
        InputError
            The labels are not as the edit left them; nothing is changed.
        """
        edit = self.timeline.next_undo
        if edit is not None:
            self.timeline.undo(self.data)
            self._announce(edit, undone=True)
        return edit

    def redo(self) -> Edit | None:
        """Make the edit again that was taken back last; None where there is none.

        Raises
        ------
        InputError
            The labels are not as they were before it; nothing is changed.
        """
        edit = self.timeline.next_redo
        if edit is not None:
            self.timeline.redo(self.data)
            self._announce(edit)
        return edit

    def _change(self, where: Change | NDArray[np.bool_] | Box, label: int | None) -> Change | None:
        if isinstance(where, Change):
            change: Change | None = where
        elif label is None:
            raise InputError("A mask or a box needs the class that it gets.")
        elif isinstance(where, tuple):
            ends = [side.indices(length)[:2] for side, length in zip(where, self.data.shape, strict=True)]
            box = tuple(slice(start, max(start, stop)) for start, stop in ends)
            shape = tuple(side.stop - side.start for side in box)
            change = Change((box[0], box[1], box[2]), np.ones(shape, dtype=bool), np.asarray(label))
        elif where.shape != self.data.shape:
            raise InputError(
                f"The mask has {where.shape} voxels, the labels {self.data.shape}; give one of the same grid."
            )
        else:
            change = Change.of_mask(where, label)
        if change is not None and any(
            side.start < 0 or side.stop > length for side, length in zip(change.box, self.data.shape, strict=True)
        ):
            raise InputError(f"The change reaches beyond labels of {self.data.shape} voxels; it is of other labels.")
        return change

    def _announce(self, edit: Edit, *, undone: bool = False, written: bool = True) -> None:
        """Count an edit that was made, taken back or is only being written, and tell of it."""
        if self.tally is not None:
            added = edit.tally(self.data, made=written and not undone)
            self.tally = self.tally - added if undone else self.tally + added
        for listener in tuple(self._listeners):
            listener(edit, self.tally)
