"""What part of the world the planes show: one middle and one zoom for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .cross import Point
from .picture.plane import DOWN_AND_ACROSS

_MARGIN = 0.06
_LEAST, _MOST = 1e-9, 1e9


@dataclass
class Sight:
    """Middle and zoom that the planes share, so that what is seen in one is as large, and as far along, in the others.

    Parameters
    ----------
    centre : (float, float, float)
        World point (z, y, x) in the middle of every picture.
    zoom : float
        Pixels a unit of the world.
    """

    centre: Point = (0.0, 0.0, 0.0)
    zoom: float = 1.0

    def fit(self, low: Sequence[float], high: Sequence[float], sizes: dict[int, tuple[int, int]]) -> None:
        """Take the largest zoom at which a box of the world fits into all pictures.

        Parameters
        ----------
        low, high : sequence of float
            Corners (z, y, x) of the box.
        sizes : dict of int to (int, int)
            Height and width in pixels of the picture of each plane, by the axis that it is normal to.
        """
        middle = (np.asarray(low, dtype=float) + np.asarray(high, dtype=float)) / 2
        self.centre = float(middle[0]), float(middle[1]), float(middle[2])
        zooms = [
            (1 - _MARGIN) * pixels / max(float(high[axis]) - float(low[axis]), 1e-9)
            for normal, size in sizes.items()
            for axis, pixels in zip(DOWN_AND_ACROSS[normal], size, strict=True)
        ]
        if zooms:
            self.zoom = float(np.clip(min(zooms), _LEAST, _MOST))

    def look_at(self, point: Sequence[float]) -> None:
        """Put a point in the middle."""
        self.centre = float(point[0]), float(point[1]), float(point[2])

    def zoom_by(self, factor: float, about: Point, axis: int) -> None:
        """Zoom so that a point of the plane normal to an axis stays where it is seen."""
        before, self.zoom = self.zoom, float(np.clip(self.zoom * factor, _LEAST, _MOST))
        ratio = before / self.zoom
        centre = list(self.centre)
        for one in DOWN_AND_ACROSS[axis]:
            centre[one] = about[one] + (centre[one] - about[one]) * ratio
        self.look_at(centre)

    def pan(self, axis: int, down: float, across: float) -> None:
        """Move the pictures by so many pixels of the one normal to an axis."""
        centre = list(self.centre)
        for one, pixels in zip(DOWN_AND_ACROSS[axis], (down, across), strict=True):
            centre[one] -= pixels / self.zoom
        self.look_at(centre)
