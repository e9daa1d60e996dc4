"""The timeline: edits that were made, in order, and where among them the labels are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .edit import Edit

BUDGET_BYTES = 512 * 2**20


class Timeline:
    """Edits that can be taken back and made again, as many as a budget of memory holds.

    Parameters
    ----------
    edits : iterable of Edit
        Edits that were made, or taken back, the oldest first.
    position : int, optional
        How many of them the labels hold; all where it is not given.
    budget_bytes : int
        Memory that they may take; the oldest are forgotten beyond it. The last is kept always.

    Raises
    ------
    InputError
        A position that is not among the edits.
    """

    def __init__(
        self, edits: Iterable[Edit] = (), position: int | None = None, budget_bytes: int = BUDGET_BYTES
    ) -> None:
        self._edits = list(edits)
        self._position = len(self._edits) if position is None else position
        if not 0 <= self._position <= len(self._edits):
            raise InputError(f"A timeline of {len(self._edits)} edits has no position {self._position}.")
        self.budget_bytes = budget_bytes
        self.revision = 0
        """Counts every edit that was made, taken back or made again."""
        self.forgotten = 0
        """Edits, the oldest, that can no longer be taken back."""
        self.last_forgotten: object = None
        """Key of the last of them."""

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All edits, those that were taken back included."""
        return tuple(self._edits)

    @property
    def position(self) -> int:
        """How many of the edits the labels hold."""
        return self._position

    @property
    def bytes(self) -> int:
        """Memory that the edits take."""
        return sum(edit.bytes for edit in self._edits)

    @property
    def next_undo(self) -> Edit | None:
        """The edit that would be taken back."""
        return self._edits[self._position - 1] if self._position else None

    @property
    def next_redo(self) -> Edit | None:
        """The edit that would be made again."""
        return self._edits[self._position] if self._position < len(self._edits) else None

    def add(self, edit: Edit) -> None:
        """Add an edit that was made; those that had been taken back are forgotten."""
        self.revision += 1
        del self._edits[self._position :]
        self._edits.append(edit)
        self._position += 1
        kept = self.bytes
        while kept > self.budget_bytes and len(self._edits) > 1:
            oldest = self._edits.pop(0)
            kept -= oldest.bytes
            self.last_forgotten = oldest.key
            self._position -= 1
            self.forgotten += 1

    def undo(self, data: NDArray[np.uint8]) -> Edit | None:
        """Take the last edit back in labels of shape (z, y, x); None where there is none.

        Raises
        ------
        InputError
            The labels are not as the edit left them; nothing is changed.
        """
        edit = self.next_undo
        if edit is not None:
            edit.undo(data)
            self._position -= 1
            self.revision += 1
        return edit

    def redo(self, data: NDArray[np.uint8]) -> Edit | None:
        """Make the edit again that was taken back last; None where there is none.

        Raises
        ------
        InputError
            The labels are not as they were before it; nothing is changed.
        """
        edit = self.next_redo
        if edit is not None:
            edit.redo(data)
            self._position += 1
            self.revision += 1
        return edit
