"""Scissors: an outline drawn in a slice cuts through a class along the axis across it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....box import Box, box_of
from ....errors import InputError
from ....labels import Material
from ...edits.change import Change
from ..class_box import moved_into
from ..need import Need
from ..scene import Scene


def cut_with_scissors(
    labels: NDArray[np.uint8],
    outline: ArrayLike,
    axis: int,
    label: int,
    becomes: int,
    depths: tuple[int, int] | None = None,
) -> Change | None:
    """Give all of a class that lies behind an outline to another class.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    outline : array_like, shape (corner, 2)
        Corners of a polygon in voxels, along the two axes of the slice in ascending order; it is closed by itself.
        Voxels whose centre lies within are cut.
    axis : int
        Axis across the slice, along which the scissors cut, 0 to 2.
    label, becomes : int
        Class that is cut, and class that it becomes.
    depths : (int, int), optional
        First and last slice along the axis; all where not given.

    Returns
    -------
    Change or None

    Raises
    ------
    InputError
        Fewer than three corners, or slices outside.
    """
    from skimage.measure import points_in_poly

    corners = np.asarray(outline, dtype=float)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
        raise InputError("The scissors need an outline of at least three corners in the slice.")
    length = labels.shape[axis]
    first, last = depths or (0, length - 1)
    if not 0 <= first <= last < length:
        raise InputError(f"The scissors cut between slices 0 and {length - 1}, not {first} and {last}.")
    sides = [slice(first, last + 1)] * 3
    for side, (low, high) in zip((other for other in range(3) if other != axis), _spans(corners), strict=True):
        sides[side] = slice(max(0, low), min(labels.shape[side], high + 1))
    if any(side.stop <= side.start for side in sides):
        return None
    box: Box = (sides[0], sides[1], sides[2])
    rows, columns = (sides[other] for other in range(3) if other != axis)
    grid = np.stack(
        np.meshgrid(np.arange(rows.start, rows.stop), np.arange(columns.start, columns.stop), indexing="ij")
    )
    within = points_in_poly(grid.reshape(2, -1).T, corners).reshape(grid.shape[1:])
    mask = (labels[box] == label) & np.expand_dims(within, axis)
    inner = box_of(mask)
    return None if inner is None else Change(moved_into(inner, box), mask[inner], np.asarray(int(becomes)))


def _spans(corners: NDArray[np.float64]) -> list[tuple[int, int]]:
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    return [(int(a), int(b)) for a, b in zip(low, high, strict=True)]


@dataclass(frozen=True)
class Scissors:
    """Give the chosen class behind the outline to another class.

    Parameters
    ----------
    becomes : Material
        Class that it becomes.
    depth_um : float
        How deep the scissors cut to either side of the slice, µm; 0 for all through.
    """

    becomes: Annotated[Material, {"label": "becomes"}] = Material.LIQUOR
    depth_um: Annotated[float, {"min": 0.0, "max": 100000.0, "label": "depth to either side, µm (0: all)"}] = 0.0

    title: ClassVar[str] = "Scissors"
    key: ClassVar[str] = "Shift-X"
    hint: ClassVar[str] = "Draw an outline: the chosen class behind it becomes another class."
    needs: ClassVar[Need] = Need.OUTLINE

    def propose(self, scene: Scene) -> Change | None:
        """Return the cut along the outline of the scene.

        Raises
        ------
        InputError
            There is no outline.
        """
        if scene.path is None:
            raise InputError("Draw an outline in the slice first.")
        outline = np.delete(np.asarray(scene.path, dtype=float), scene.axis, axis=1)
        depths = None
        if self.depth_um > 0:
            deep = int(self.depth_um / scene.voxel_size_um[scene.axis] + 0.5)
            last = scene.labels.shape[scene.axis] - 1
            depths = (max(0, scene.index - deep), min(last, scene.index + deep))
        return cut_with_scissors(scene.labels, outline, scene.axis, scene.label, self.becomes, depths)
