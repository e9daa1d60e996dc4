"""A review as plainly as it can be written: a full copy of the labels for each edit. Real ones are held against it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Material
from ..review.edits.change import Change
from ..review.edits.policy import EditPolicy
from ..review.session.review_state import Tick


@dataclass
class PlainReview:
    """Labels after each edit, and what was ticked.

    Parameters
    ----------
    states : list of ndarray of uint8, shape (z, y, x)
        Labels before the first edit and after each; never written.
    names : list of str
        What was done, one fewer.
    position : int
        Which of the states the labels are.
    ticks : dict of str to Tick
        By the name of the place, in the order in which they were ticked.
    locked : frozenset of Material
        Classes that are locked.
    forgotten : int
        Edits, the oldest, that can no longer be taken back.
    """

    states: list[NDArray[np.uint8]]
    names: list[str] = field(default_factory=list)
    position: int = 0
    ticks: dict[str, Tick] = field(default_factory=dict)
    locked: frozenset[Material] = frozenset()
    forgotten: int = 0

    @property
    def labels(self) -> NDArray[np.uint8]:
        """Labels as they are, shape (z, y, x)."""
        return self.states[self.position]

    def copy(self) -> PlainReview:
        """Return what stays as it is while this one goes on."""
        return replace(self, states=[*self.states], names=[*self.names], ticks={**self.ticks})

    def edit(self, name: str, after: NDArray[np.uint8]) -> bool:
        """Take up labels, shape (z, y, x), after an edit; tell whether it is one."""
        if np.array_equal(after, self.labels):
            return False
        del self.states[self.position + 1 :], self.names[self.position :]
        self.states.append(after.copy())
        self.names.append(name)
        self.position += 1
        return True

    def tick(self, tick: Tick) -> None:
        """Tick a place; the last tick of a place counts."""
        self.ticks.pop(tick.place, None)
        self.ticks[tick.place] = tick


def edited_plainly(
    labels: NDArray[np.uint8], change: Change, policy: EditPolicy, values: NDArray[np.floating] | None
) -> NDArray[np.uint8]:
    """Return labels after a change, voxel by voxel.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels before.
    change : Change
        What is proposed.
    policy : EditPolicy
        What may be touched.
    values : ndarray, shape (z, y, x), or None
        Voxel values.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)

    Raises
    ------
    InputError
        A window without voxel values.
    """
    if policy.window is not None and values is None:
        raise InputError("A window needs voxel values.")
    after = labels.copy()
    low = [side.start for side in change.box]
    for within in np.argwhere(change.mask):
        voxel = tuple(int(at) for at in within + low)
        old, new = int(labels[voxel]), int(change.labels[tuple(within)])
        allowed = old not in policy.locked and new not in policy.locked
        allowed &= policy.over is None or old in policy.over
        if policy.window is not None and values is not None:
            allowed &= bool(policy.window[0] <= values[voxel] <= policy.window[1])
        if isinstance(policy.region, tuple):
            allowed &= all(at in range(n)[side] for at, side, n in zip(voxel, policy.region, labels.shape, strict=True))
        elif policy.region is not None:
            allowed &= bool(policy.region[voxel])
        allowed &= policy.kept is None or not policy.kept[voxel]
        if allowed:
            after[voxel] = new
    return after


def tally_plainly(labels: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count voxels and faces of labels, shape (z, y, x), as :class:`~napari_crystalseg.review.edits.tally.Tally` does.

    Returns
    -------
    counts : ndarray of int64, shape (256,)
        Voxels of each code.
    faces : ndarray of int64, shape (3, 6, 6)
        Faces across each axis between two classes, lower code first.
    """
    counts = np.bincount(labels.reshape(-1), minlength=256)
    faces = np.zeros((3, 6, 6), np.int64)
    for axis in range(3):
        along = np.moveaxis(labels, axis, 0)
        one, other = along[:-1].reshape(-1), along[1:].reshape(-1)
        differs = one != other
        pair = np.sort(np.minimum(np.stack([one[differs], other[differs]]), 5).astype(int), axis=0)
        np.add.at(faces[axis], (pair[0], pair[1]), 1)
    return counts, faces
