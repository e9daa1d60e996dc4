"""What edits may touch: locks, classes that may be overwritten, a window of voxel values, and places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...box import Box
from ...errors import InputError
from ...labels import Material
from .change import Change


@dataclass(frozen=True, eq=False)
class EditPolicy:
    """What edits may touch.

    Parameters
    ----------
    locked : frozenset of Material
        Classes that neither lose nor gain a voxel.
    over : frozenset of Material, optional
        Classes whose voxels may be overwritten, such as air alone; any where it is None. Codes that are no class may
        be overwritten only where it is None.
    window : (float, float), optional
        Voxel values, from the lowest to the highest, both included, that a voxel must have to be edited. NaN is
        outside.
    region : (slice, slice, slice) or ndarray of bool, shape (z, y, x), optional
        Box or mask outside which nothing is edited.
    kept : ndarray of bool, shape (z, y, x), optional
        Voxels that stay as they are, such as places that were looked at and found right.

    Raises
    ------
    InputError
        A window whose ends are swapped or not finite.
    """

    locked: frozenset[Material] = frozenset()
    over: frozenset[Material] | None = None
    window: tuple[float, float] | None = None
    region: Box | NDArray[np.bool_] | None = None
    kept: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "locked", frozenset(Material(code) for code in self.locked))
        if self.over is not None:
            object.__setattr__(self, "over", frozenset(Material(code) for code in self.over))
        if self.window is not None:
            low, high = self.window
            if not (np.isfinite([low, high]).all() and low <= high):
                raise InputError(f"The window of voxel values runs from {low} to {high}; give the lower one first.")

    @property
    def limits_anything(self) -> bool:
        """Whether there is anything that it forbids."""
        return bool(self.locked) or any(limit is not None for limit in (self.over, self.window, self.region, self.kept))

    def allowed(
        self, change: Change, labels: NDArray[np.uint8], values: NDArray[np.floating] | None = None
    ) -> NDArray[np.bool_]:
        """Tell which voxels of a change would be edited.

        Parameters
        ----------
        change : Change
            What is asked for.
        labels : ndarray of uint8, shape (z, y, x)
            Labels as they are, of the whole volume.
        values : ndarray, shape (z, y, x), optional
            Voxel values of the whole volume; the window needs them.

        Returns
        -------
        ndarray of bool, shape of the change's box
            Voxels that it asks for, that the policy allows and that are not so already.

        Raises
        ------
        InputError
            A window without values, or values, a region or kept places of another shape than the labels.
        """
        box = change.box
        before = labels[box]
        allowed: NDArray[np.bool_] = change.mask & (before != change.labels)
        if self.locked:
            locked = np.zeros(256, dtype=bool)
            locked[list(self.locked)] = True
            allowed &= ~locked[before] & ~locked[change.labels]
        if self.over is not None:
            over = np.zeros(256, dtype=bool)
            over[list(self.over)] = True
            allowed &= over[before]
        if self.window is not None:
            if values is None:
                raise InputError("A window of voxel values needs the volume that the labels belong to; choose it.")
            _check_shape(values.shape, labels, "volume")
            inside = np.asarray(values[box])
            allowed &= (inside >= self.window[0]) & (inside <= self.window[1])
        if self.region is not None:
            if isinstance(self.region, tuple):
                allowed &= _inside(self.region, box, labels.shape)
            else:
                _check_shape(self.region.shape, labels, "region")
                allowed &= self.region[box]
        if self.kept is not None:
            _check_shape(self.kept.shape, labels, "mask of kept places")
            allowed &= ~self.kept[box]
        return allowed


EVERYTHING = EditPolicy()
"""Edits may touch everything."""


def _check_shape(shape: tuple[int, ...], labels: NDArray[np.uint8], what: str) -> None:
    if tuple(shape) != labels.shape:
        raise InputError(
            f"The {what} has {tuple(shape)} voxels, the labels {labels.shape}; choose one of the same grid."
        )


def _inside(region: Box, box: Box, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    sides = []
    for limit, side, length in zip(region, box, shape, strict=True):
        start, stop, _ = slice(limit.start, limit.stop).indices(length)
        along = np.arange(side.start, side.stop)
        sides.append((along >= start) & (along < stop))
    inside: NDArray[np.bool_] = sides[0][:, None, None] & sides[1][None, :, None] & sides[2][None, None, :]
    return inside
