"""A plane through a point of the world, and the pixels that it is drawn on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

AXES = ("z", "y", "x")
DOWN_AND_ACROSS = ((1, 2), (0, 2), (0, 1))
"""Axes of the world that run down and across the picture of a plane, by the axis that the plane is normal to."""


@dataclass(frozen=True)
class Plane:
    """A plane normal to an axis of the world.

    Parameters
    ----------
    axis : int
        Axis (0 z, 1 y, 2 x) that the plane is normal to.
    point : (float, float, float)
        Point (z, y, x) that the plane passes through, in units of the viewer's world.
    centre : (float, float, float)
        Point in the middle of the picture, in units of the world.
    zoom : float
        Pixels a unit of the world.
    size : (int, int)
        Height and width of the picture, pixels.
    """

    axis: int
    point: tuple[float, float, float]
    centre: tuple[float, float, float]
    zoom: float
    size: tuple[int, int]

    def world(self, down: float, across: float) -> tuple[float, float, float]:
        """World point of a place in the picture; pixel (0, 0) has its upper left corner at (0.0, 0.0)."""
        point = list(self.point)
        for axis, place, length in zip(DOWN_AND_ACROSS[self.axis], (down, across), self.size, strict=True):
            point[axis] = self.centre[axis] + (place - length / 2) / self.zoom
        return point[0], point[1], point[2]

    def pixel(self, point: tuple[float, ...] | NDArray[np.float64]) -> tuple[float, float]:
        """Place (down, across) in the picture of a world point, seen along the axis."""
        down, across = (
            (float(point[axis]) - self.centre[axis]) * self.zoom + length / 2
            for axis, length in zip(DOWN_AND_ACROSS[self.axis], self.size, strict=True)
        )
        return down, across

    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """World coordinates of the middles of the picture's rows, along the axis down, and of its columns."""
        down, across = (
            np.asarray(
                self.centre[axis] + (np.arange(length, dtype=np.float64) + 0.5 - length / 2) / self.zoom,
                dtype=np.float64,
            )
            for axis, length in zip(DOWN_AND_ACROSS[self.axis], self.size, strict=True)
        )
        return down, across
