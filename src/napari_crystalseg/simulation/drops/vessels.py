"""Vessels: the well or shelf that the drop lies in, its walls, and what is seen beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .random_fields import Plane, blurred, draw_between, ramp, smooth_field
from .view import View

VESSELS = ("square", "round", "shelf", "none")
"""Square well with dark rough walls; round one with a thick dark ring; one or two straight walls; no wall in view."""


@dataclass(frozen=True, eq=False)
class Vessel:
    """A vessel in a view.

    Parameters
    ----------
    kind : str
        One of :data:`VESSELS`.
    light : ndarray of float32, shape (row, column) of the image
        Part of the light that reaches the eye: 1 inside, less at walls and beside.
    inside : ndarray of bool, shape (row, column) of the view's grid
        Pixels within the walls.
    centre : (float, float)
        Middle of the inside, (row, column) in pixels of the grid.
    reach_px : float
        Pixels from there to the nearest wall, or to the shorter side of the image where there is none.
    """

    kind: str
    light: Plane
    inside: NDArray[np.bool_]
    centre: tuple[float, float]
    reach_px: float


def draw_vessel(rng: np.random.Generator, view: View, kind: str) -> Vessel:
    """Draw a vessel of a kind."""
    shape, unit = view.shape, float(min(view.shape))
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    columns = np.arange(shape[1], dtype=np.float32)[None]
    if kind == "none":
        light = 1 + np.float32(rng.uniform(0, 0.06)) * smooth_field(rng, shape, 0.5 * unit)
        centre = (view.grid[0] * rng.uniform(0.4, 0.6), view.grid[1] * rng.uniform(0.4, 0.6))
        return Vessel(kind, light, np.ones(view.grid, bool), centre, 0.5 * view.unit_px)
    shift = rng.normal(0, 0.06, 2)
    centre = (shape[0] / 2 + shift[0] * unit, shape[1] / 2 + shift[1] * unit)
    turn = rng.normal(0, 0.03) if kind == "square" else rng.uniform(0, math.pi)
    cosine, sine = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    along = (columns - centre[1]) * cosine + (rows - centre[0]) * sine
    across = (rows - centre[0]) * cosine - (columns - centre[1]) * sine
    if kind == "square":
        half = unit * rng.uniform(0.36, 0.52)
        ratio = math.exp(rng.normal(0, 0.06))
        corner = half * rng.uniform(0.03, 0.3)
        beyond_along = np.abs(along) - np.float32(half * ratio - corner)
        beyond_across = np.abs(across) - np.float32(half / ratio - corner)
        outside = np.hypot(np.maximum(beyond_along, 0), np.maximum(beyond_across, 0)) - np.float32(corner)
        distance = outside + np.minimum(np.maximum(beyond_along, beyond_across), 0)
        reach = half * min(ratio, 1 / ratio)
    elif kind == "round":
        reach = unit * rng.uniform(0.36, 0.6)
        distance = np.hypot(along, across) - np.float32(reach)
    else:
        reach = unit * rng.uniform(0.3, 0.55)
        # A shelf is straight, or part of a large ring.
        bow = rng.normal(0, 0.25) / unit
        sideways = across + np.float32(bow) * along**2
        distance = (np.abs(sideways) if rng.random() < 0.5 else sideways) - np.float32(reach)
    return _walled(rng, view, kind, distance.astype(np.float32), centre, reach)


def _walled(
    rng: np.random.Generator, view: View, kind: str, distance: Plane, centre: tuple[float, float], reach: float
) -> Vessel:
    """Walls where a distance is positive: their light, with what is rough and what shines."""
    shape, unit = view.shape, float(min(view.shape))
    rough = draw_between(rng, (0.0006, 0.006)) if kind == "square" else draw_between(rng, (0.0002, 0.001))
    grain = draw_between(rng, (0.008, 0.03)) * unit
    distance = distance + np.float32(rough * unit) * smooth_field(rng, shape, max(grain, 1.3))
    soft = max(draw_between(rng, (0.001, 0.012)) * unit, 0.7)
    wall = ramp(distance, -0.5 * soft, soft)
    dark = rng.uniform(0.01, 0.25)
    texture = smooth_field(rng, shape, draw_between(rng, (0.006, 0.05)) * unit)
    beside = np.float32(dark) * (1 + np.float32(rng.uniform(0, 0.35) ** 1.5) * texture)
    if rng.random() < 0.4:
        # Rough plastic glitters here and there.
        glitter = ramp(smooth_field(rng, shape, max(0.006 * unit, 1.3)), rng.uniform(2.2, 3.2), 4.5)
        beside = beside + np.float32(rng.uniform(0.1, 0.6)) * glitter
    if kind != "square" or rng.random() < 0.25:
        # Beyond the wall the plate is seen, out of focus.
        thick = unit * (rng.uniform(0.04, 0.22) if kind == "round" else rng.uniform(0.01, 0.15))
        plate = np.float32(rng.uniform(0.15, 0.8)) + np.float32(0.06) * smooth_field(rng, shape, 0.15 * unit)
        if rng.random() < 0.6:
            plate = plate - np.float32(rng.uniform(0.1, 0.4)) * _streaks(rng, view)
        edge = rng.uniform(0.2, 0.9) * thick
        beside = beside + (plate - beside) * ramp(distance, thick - 0.3 * edge, thick + edge)
    light = 1 + (np.maximum(beside, 0.005) - 1) * wall
    if rng.random() < 0.5:
        # The edge of the wall shines, and light falls off towards it.
        line = np.exp(-(((distance + soft) / np.float32(max(0.6, 0.004 * unit))) ** 2))
        light = light * (1 + np.float32(rng.normal(0, 0.3)) * line)
    light = light * (1 - np.float32(rng.uniform(0, 0.25)) * ramp(distance, -0.12 * unit, 0.0))
    if rng.random() < 0.15:
        light = light * (1 - np.float32(rng.uniform(0.2, 0.6)) * _streaks(rng, view))
    factor = view.factor
    inside = (distance < 0).repeat(factor, axis=0).repeat(factor, axis=1)
    middle = (centre[0] * factor, centre[1] * factor)
    return Vessel(kind, light.astype(np.float32), inside, middle, reach * factor)


def _streaks(rng: np.random.Generator, view: View) -> Plane:
    """Edges and reflections of the plate and its seal, far out of focus."""
    unit = min(view.shape)
    paths = []
    for _ in range(int(rng.integers(1, 5))):
        start = rng.uniform(-0.1, 1.1, 2) * view.shape
        angle = rng.uniform(0, 2 * math.pi)
        bend = rng.normal(0, 1.5)
        angles = angle + bend * np.linspace(0, 1, 24)
        steps = np.column_stack([np.sin(angles), np.cos(angles)]) * (rng.uniform(0.3, 1.2) * unit / 24)
        paths.append(start + np.cumsum(steps, axis=0))
    whole = (slice(0, view.shape[0]), slice(0, view.shape[1]))
    drawn = view.lines(whole, paths, draw_between(rng, (0.01, 0.06)) * unit)
    return blurred(drawn, draw_between(rng, (0.005, 0.03)) * unit)
