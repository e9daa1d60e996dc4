"""View: what the microscope looks at, while things are put into it one after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from .random_fields import Plane

FINE_PIXELS = 300_000
"""Images up to this size are drawn on a grid twice as fine."""


@dataclass
class View:
    """Planes on a grid that is finer than the image, to which everything in the drop adds its part.

    What is clear bends light: its refracting surfaces tilt a ray by an angle along rows and columns, which add up over
    all that lies above each other, and the condenser gives less light the larger the angle is. What absorbs or
    scatters takes its part of the light.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    """

    shape: tuple[int, int]
    factor: int = field(init=False)
    """Pixels of the grid along one of the image."""
    unit_px: float = field(init=False)
    """Shorter side of the image in pixels of the grid: all sizes are parts of it."""
    row_tilt: Plane = field(init=False)
    column_tilt: Plane = field(init=False)
    """Tilt of the rays, in units of the condenser's aperture, shape (row, column) of the grid."""
    light: Plane = field(init=False)
    """Part of the light that is neither absorbed nor scattered."""
    colour: NDArray[np.float32] | None = field(init=False, default=None)
    """Part of each colour that passes, shape (row, column, 3); None while nothing is coloured."""

    def __post_init__(self) -> None:
        self.factor = 2 if self.shape[0] * self.shape[1] <= FINE_PIXELS else 1
        grid = self.grid
        self.unit_px = float(min(grid))
        self.row_tilt, self.column_tilt = np.zeros(grid, np.float32), np.zeros(grid, np.float32)
        self.light = np.ones(grid, np.float32)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return self.shape[0] * self.factor, self.shape[1] * self.factor

    @property
    def whole(self) -> tuple[slice, slice]:
        """All of the grid, as :meth:`window` gives parts of it."""
        return slice(0, self.grid[0]), slice(0, self.grid[1])

    def window(self, low: Sequence[float], high: Sequence[float]) -> tuple[slice, slice] | None:
        """Part of the grid from (row, column) to (row, column); None where they do not meet."""
        ends = self.grid
        first = [max(math.floor(value), 0) for value in low]
        last = [min(math.ceil(value) + 1, end) for value, end in zip(high, ends, strict=True)]
        if any(a >= b for a, b in zip(first, last, strict=True)):
            return None
        return slice(first[0], last[0]), slice(first[1], last[1])

    def copied(self) -> View:
        """Return a view with the same in it."""
        other = View(self.shape)
        other.become(self)
        return other

    def become(self, other: View) -> None:
        """Take all planes of another view of the same shape in place of its own."""
        for mine, its in ((self.row_tilt, other.row_tilt), (self.column_tilt, other.column_tilt)):
            np.copyto(mine, its)
        np.copyto(self.light, other.light)
        self.colour = None if other.colour is None else other.colour.copy()

    def tilt(self, window: tuple[slice, slice], along_rows: Plane, along_columns: Plane) -> None:
        """Add tilts in a part of the grid."""
        self.row_tilt[window] += along_rows
        self.column_tilt[window] += along_columns

    def absorb(self, window: tuple[slice, slice], part: Plane, colour: Sequence[float] | None = None) -> None:
        """Take a part of the light, 0 to 1; where a colour is given, of red, green and blue by these weights."""
        if colour is None:
            self.light[window] *= 1 - part
        else:
            self.tint(window, 1 - part[..., None] * np.asarray(colour, np.float32))

    def tint(self, window: tuple[slice, slice], passing: NDArray[np.float32]) -> None:
        """Let each colour pass by a part, shape (row, column, 3)."""
        if self.colour is None:
            self.colour = np.ones((*self.grid, 3), np.float32)
        self.colour[window] *= passing

    def lines(
        self, window: tuple[slice, slice], paths: Sequence[NDArray[np.float64]], width_px: float, closed: bool = False
    ) -> Plane:
        """Draw lines through points (row, column) of the grid; return the part that they cover, 0 to 1."""
        return drawn_lines(window, [sixteenths(window, path) for path in paths], width_px, closed)

    def in_image(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places (…, 2) of the grid as (row, column) in the image, whose first pixel has its centre at (0, 0)."""
        moved: NDArray[np.float64] = (np.asarray(places) + 0.5) / self.factor - 0.5
        return moved


def sixteenths(window: tuple[slice, slice], places: NDArray[np.float64]) -> NDArray[np.int32]:
    """Places (row, column) of the grid as OpenCV draws them in a part of it: (column, row) in 16ths of a pixel."""
    corner = (window[0].start, window[1].start)
    points: NDArray[np.int32] = np.rint((places - corner)[:, ::-1] * 16).astype(np.int32)
    return points


def drawn_lines(
    window: tuple[slice, slice], paths: Sequence[NDArray[np.int32]], width_px: float, closed: bool
) -> Plane:
    """Draw lines through places as :func:`sixteenths` gives them; return the part that they cover, 0 to 1."""
    drawn = np.zeros((window[0].stop - window[0].start, window[1].stop - window[1].start), np.uint8)
    cv2.polylines(drawn, paths, closed, 255, max(1, round(width_px)), cv2.LINE_AA, 4)
    # A line is never drawn thinner than a pixel, but fainter.
    return drawn * np.float32(min(1.0, max(width_px, 0.15)) / 255)
