"""What there is to save at one moment: taken in no time, and saved while the labels change on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ..edits.edit import Edit
from ..edits.edited_labels import EditedLabels
from .review_state import ReviewState


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Timeline and state of a review at one moment.

    Parameters
    ----------
    edits : tuple of Edit
        All edits in memory, those that were taken back included.
    position : int
        How many of them the labels hold.
    forgotten : int
        Edits before them that memory did not hold.
    counts : ndarray of int64, shape (256,)
        Voxels of each code, to check the labels by when they are made again.
    state : ReviewState
        Where the review is.
    labels : ndarray of uint8, shape (z, y, x), optional
        Copy of the labels, where the folder cannot make them from what it holds.
    last_forgotten : object, optional
        Key of the last of those that memory did not hold.
    """

    edits: tuple[Edit, ...]
    position: int
    forgotten: int
    counts: NDArray[np.int64]
    state: ReviewState
    labels: NDArray[np.uint8] | None = None
    last_forgotten: object = None

    @classmethod
    def of(cls, edited: EditedLabels, state: ReviewState, with_labels: bool = False) -> Snapshot:
        """Take one; the labels are copied only where it is asked for."""
        timeline = edited.timeline
        return cls(
            timeline.edits,
            timeline.position,
            timeline.forgotten,
            read_only(edited.counted().counts),
            state,
            edited.data.copy() if with_labels else None,
            timeline.last_forgotten,
        )
