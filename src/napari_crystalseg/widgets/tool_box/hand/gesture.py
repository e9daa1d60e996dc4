"""What the hand showed a tool: a place, a stroke, an outline or a box, and the slice that it was shown in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....review.tools.need import Need
from .seen_slice import SeenSlice
from .sketch import box_between


@dataclass(frozen=True, eq=False)
class Gesture:
    """What was pointed at and drawn since a tool was taken up.

    Parameters
    ----------
    seen : SeenSlice
        Slice of the labels.
    point : ndarray of float64, shape (3,), or None
        Place (z, y, x) in voxels.
    path : ndarray of float64, shape (point, 3), or None
        Points (z, y, x) in voxels of a stroke or an outline.
    box : (slice, slice, slice) or None
        A box along (z, y, x).
    """

    seen: SeenSlice
    point: NDArray[np.float64] | None = None
    path: NDArray[np.float64] | None = None
    box: Box | None = None

    def shows(self, need: Need) -> bool:
        """Whether it shows what a tool needs."""
        given = {
            Need.NOTHING: True,
            Need.POINT: self.point is not None,
            Need.STROKE: self.path is not None,
            Need.OUTLINE: self.path is not None,
            Need.BOX: self.box is not None,
        }
        return given[need]

    def with_path(self, need: Need, path: NDArray[np.float64]) -> Gesture:
        """Return it with the points (z, y, x) in voxels that were drawn, shape (point, 3); for a point the first."""
        return replace(self, point=path[0]) if need is Need.POINT else replace(self, path=path)

    def with_box(
        self,
        path: NDArray[np.float64],
        voxel_size_um: tuple[float, float, float],
        shape: tuple[int, int, int],
    ) -> Gesture:
        """Return it with the box between the ends of what was drawn; with none where that lies outside the labels.

        Parameters
        ----------
        path : ndarray of float64, shape (point, 3)
            Points (z, y, x) in voxels, all in the slice.
        voxel_size_um : (float, float, float)
            Voxel size along (z, y, x), µm.
        shape : (int, int, int)
            Shape (z, y, x) of the labels.
        """
        return replace(self, box=box_between(path[0], path[-1], self.seen.axis, voxel_size_um, shape))
