"""DropOutline: where the drop lies, how its surface bends light, and where in it there is room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from .random_fields import Plane, ramp
from .view import View

COARSE_PX = 160
"""Longer side of the grid on which outlines, which are smooth, are made."""


@dataclass(frozen=True, eq=False)
class DropOutline:
    """A drop in a view.

    Parameters
    ----------
    level : ndarray of float32, shape (row, column) of the view's grid
        0 in the middle of the drop, 1 at its rim, more outside; smooth.
    mask : ndarray of bool, of the same shape
        Its pixels: inside the rim, as far as the vessel lets it be seen.
    radius_px : float
        Mean radius, pixels of the grid.
    """

    level: Plane
    mask: NDArray[np.bool_]
    radius_px: float

    def room(self) -> tuple[Plane, float]:
        """Distance to the edge of the drop, in pixels of the view's grid, on a coarser grid; and that grid's step."""
        step = max(1, round(max(self.mask.shape) / COARSE_PX))
        part = self.mask[::step, ::step].astype(np.uint8)
        distance = cv2.distanceTransform(np.pad(part, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        return np.asarray(distance, np.float32) * step, step

    @cached_property
    def places(self) -> Places:
        """Places in it."""
        return Places(self)

    @cached_property
    def window(self) -> tuple[slice, slice]:
        """Smallest part of the grid that holds it; one pixel where nothing of it is seen."""
        rows, columns = np.flatnonzero(self.mask.any(1)), np.flatnonzero(self.mask.any(0))
        if not len(rows):
            return slice(0, 1), slice(0, 1)
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

    @cached_property
    def inside(self) -> Plane:
        """1 in the drop and 0 beside it, in its window."""
        return self.mask[self.window].astype(np.float32)

    @property
    def is_there(self) -> bool:
        """Whether any of it is seen."""
        return bool(self.mask.any())


class Places:
    """Places in a drop, each with room about it.

    Parameters
    ----------
    drop : DropOutline
        Drop.
    """

    def __init__(self, drop: DropOutline) -> None:
        self._distance, self._step = drop.room()
        self._order = np.argsort(self._distance, axis=None)
        self._sorted = self._distance.ravel()[self._order]

    @property
    def widest_px(self) -> float:
        """Largest distance to the drop's edge, pixels of the view's grid."""
        return float(self._sorted[-1])

    def draw(self, rng: np.random.Generator, clearance_px: float, at_most_px: float = math.inf) -> tuple[float, float]:
        """Draw a place, (row, column) of the view's grid.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the draw.
        clearance_px : float
            Distance that the edge of the drop should keep, as far as there is such a place.
        at_most_px : float
            Largest distance to the edge, for what lies there.

        Returns
        -------
        (float, float)
        """
        clearance = min(clearance_px, 0.98 * self.widest_px)
        first = int(np.searchsorted(self._sorted, max(clearance, 1e-3)))
        last = int(np.searchsorted(self._sorted, max(at_most_px, clearance + self._step)))
        chosen = self._order[int(rng.integers(first, max(last, first + 1)))]
        row, column = np.unravel_index(chosen, self._distance.shape)
        row_shift, column_shift = rng.uniform(-0.5, 0.5, 2)
        return float((row + row_shift) * self._step), float((column + column_shift) * self._step)


def draw_drop(
    rng: np.random.Generator, view: View, centre: tuple[float, float], radius_px: float, kind: str, towards: float
) -> tuple[Plane, tuple[Plane, Plane]]:
    """Draw the level of a drop: a perturbed ellipse, two drops that have met, or one with a tail.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    view : View
        View that it lies in.
    centre : (float, float)
        Row and column of the grid.
    radius_px : float
        Mean radius, pixels of the grid.
    kind : {"round", "irregular", "merged", "tailed"}
        Shape.
    towards : float
        Direction of the second drop or the tail, radians from the columns' axis towards larger rows.

    Returns
    -------
    level : ndarray of float32, shape (row, column)
    tilt : tuple of two ndarray of float32
        Its gradient along rows and columns, times the radius.
    """
    grid = view.grid
    step = max(grid) / COARSE_PX if max(grid) > COARSE_PX else 1.0
    shape = tuple(math.ceil(length / step) + 1 for length in grid)
    rows = (np.arange(shape[0], dtype=np.float32) * step - centre[0])[:, None]
    columns = (np.arange(shape[1], dtype=np.float32) * step - centre[1])[None, :]
    roughness = {"round": 0.012, "irregular": 0.06, "merged": 0.02, "tailed": 0.02}[kind]
    stretch = {"round": 0.08, "irregular": 0.25, "merged": 0.12, "tailed": 0.1}[kind]
    level = _ellipse(rng, rows, columns, radius_px, roughness, stretch)
    if kind in ("merged", "tailed"):
        links = 1 if kind == "merged" else 3
        reach = rng.uniform(0.7, 1.35) if kind == "merged" else rng.uniform(1.0, 1.8)
        size = rng.uniform(0.45, 1.0) if kind == "merged" else rng.uniform(0.35, 0.7)
        sharp = rng.uniform(5, 12)
        total = np.exp(-sharp * level)
        for link in range(1, links + 1):
            far = reach * radius_px * link / links
            own = radius_px * (1 + (size - 1) * link / links)
            row, column = far * math.sin(towards), far * math.cos(towards)
            total += np.exp(-sharp * _ellipse(rng, rows - row, columns - column, own, roughness, 0.05))
        level = np.maximum(-np.log(np.maximum(total, 1e-30)) / sharp, 0).astype(np.float32)
    row_tilt, column_tilt = (np.asarray(plane, np.float32) for plane in np.gradient(level, step))
    tilts = _fine(row_tilt * radius_px, grid, step), _fine(column_tilt * radius_px, grid, step)
    return _fine(level, grid, step), tilts


def _ellipse(
    rng: np.random.Generator, rows: Plane, columns: Plane, radius_px: float, roughness: float, stretch: float
) -> Plane:
    turn = rng.uniform(0, math.pi)
    longer = math.exp(abs(rng.normal(0, stretch)) / 2)
    cosine, sine = math.cos(turn), math.sin(turn)
    along = (columns * cosine + rows * sine) / np.float32(radius_px * longer)
    across = (rows * cosine - columns * sine) / np.float32(radius_px / longer)
    distance, angle = cv2.cartToPolar(along, across)
    # Coarse waves of the outline are strong, fine ones weak.
    waves = np.zeros(361)
    angles = np.linspace(0, 2 * math.pi, 361)
    for order in range(2, 9):
        waves += rng.normal(0, roughness / (order - 1) ** 1.5) * np.cos(order * angles + rng.uniform(0, 2 * math.pi))
    # Where the rim is held by dirt or a scratch, it is drawn out to a point; the middle knows nothing of it.
    points = np.zeros(361)
    for _ in range(int(rng.integers(0, 4)) if roughness > 0.015 and rng.random() < 0.5 else 0):
        apart = np.abs((angles - rng.uniform(0, 2 * math.pi) + math.pi) % (2 * math.pi) - math.pi)
        points += rng.uniform(0.02, 0.08) * np.exp(-apart / rng.uniform(0.04, 0.15))
    degrees = (angle * (180 / math.pi)).astype(np.int16)
    smooth = (1 / np.maximum(1 + waves, 0.3)).astype(np.float32)
    pointed = (1 / np.maximum(1 + waves + points, 0.3)).astype(np.float32) - smooth
    level: Plane = np.asarray(distance, np.float32) * smooth[degrees]
    if points.any():
        level += np.asarray(distance, np.float32) * pointed[degrees] * ramp(level, 0.75, 1.0)
    return np.asarray(cv2.GaussianBlur(level, (0, 0), 1.0), np.float32)


def _fine(coarse: Plane, grid: tuple[int, int], step: float) -> Plane:
    matrix = np.array([[1 / step, 0, 0], [0, 1 / step, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = cv2.warpAffine(
        coarse.astype(np.float32), matrix, (grid[1], grid[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(fine, np.float32)
