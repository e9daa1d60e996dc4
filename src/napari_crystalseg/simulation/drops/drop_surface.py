"""The surface of a drop: where it lies in its vessel, how it bends light, and the meniscus at its rim."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .drop_conditions import SHAPES, DropConditions
from .drop_outline import DropOutline, draw_drop
from .random_fields import Plane, draw_between
from .vessels import Vessel
from .view import View

_LEVELS = 4096
_TRIES = 4
_LEAST_SEEN = 0.03
"""Area of the drop that should be seen, parts of the square of the image's shorter side."""


def put_drop(
    rng: np.random.Generator, view: View, vessel: Vessel, conditions: DropConditions, empty: bool
) -> DropOutline:
    """Draw the drop, and put its surface into the view.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    view : View
        View with nothing in it.
    vessel : Vessel
        What it lies in.
    conditions : DropConditions
        What is drawn from.
    empty : bool
        Whether there is no drop after all.

    Returns
    -------
    DropOutline
    """
    # Through a wall that is not quite dark, the part of the drop behind it may be seen.
    through = vessel.kind == "square" and bool(rng.random() < 0.3)
    for _ in range(_TRIES):
        level, tilt, radius = _draw_shape(rng, view, vessel, conditions)
        mask = level < 1
        if not through:
            mask &= vessel.inside
        if mask.sum() >= _LEAST_SEEN * view.unit_px**2:
            break
    drop = DropOutline(level, np.zeros(view.grid, bool) if empty else mask, radius)
    if empty:
        return drop
    strength, power = draw_between(rng, (0.12, 2.2)), draw_between(rng, (1.0, 6.0))
    if rng.random() < 0.12:
        strength *= 0.15
    # A little farther than the drop, as its meniscus has a width.
    margin = 0.2 * radius
    rows, columns = drop.window
    window = view.window((rows.start - margin, columns.start - margin), (rows.stop + margin, columns.stop + margin))
    if window is None:
        return drop
    index = np.minimum(level[window] * np.float32(_LEVELS / 2), np.float32(_LEVELS - 1)).astype(np.int16)
    levels = np.linspace(0, 2, _LEVELS)
    bend = (strength * np.minimum(levels, 1) ** power).astype(np.float32)[index]
    bend *= mask[window]
    view.tilt(window, bend * tilt[0][window], bend * tilt[1][window])
    seen = _profile(rng, levels, strength, radius)[index]
    if not through:
        np.putmask(seen, ~vessel.inside[window], 1)
    view.light[window] *= seen
    return drop


def _draw_shape(
    rng: np.random.Generator, view: View, vessel: Vessel, conditions: DropConditions
) -> tuple[Plane, tuple[Plane, Plane], float]:
    """Draw the drop's level, its gradient, and its radius."""
    share = draw_between(rng, conditions.drop_size)
    if vessel.kind == "none":
        share *= rng.uniform(1.0, 1.7)
    radius = max(share * vessel.reach_px, 0.12 * view.unit_px)
    kind = str(rng.choice(SHAPES, p=conditions.drop_shapes))
    if kind in ("merged", "tailed"):
        radius *= 0.75
    # Some lie against a wall, which cuts them; the middle of most stays well inside.
    free = max(vessel.reach_px - radius, 0.0)
    leaning = rng.random() < 0.25 and vessel.kind != "none"
    away = (free + rng.uniform(0.1, 0.5) * radius) if leaning else free * math.sqrt(rng.random()) * 0.9
    direction = rng.uniform(0, 2 * math.pi)
    centre = vessel.centre[0] + away * math.sin(direction), vessel.centre[1] + away * math.cos(direction)
    towards = direction if leaning else rng.uniform(0, 2 * math.pi)
    level, tilt = draw_drop(rng, view, centre, radius, kind, towards)
    return level, tilt, radius


def _profile(
    rng: np.random.Generator, level: NDArray[np.float64], strength: float, radius_px: float
) -> NDArray[np.float32]:
    """Light by the level, from 0 in the middle of the drop to 2: less inside, and the meniscus as a line at the rim."""
    width = max(draw_between(rng, (0.004, 0.035)), 0.5 / radius_px)
    inside = 1 / (1 + np.exp(np.clip((level - 1) / (0.35 * width), -50, 50)))
    gain = rng.uniform(0.55, 1.15) if rng.random() < 0.6 else rng.uniform(0.9, 1.03)
    focus = rng.uniform(0, 0.35) * np.exp(-((level / rng.uniform(0.25, 0.7)) ** 2))
    light = 1 + inside * (gain * (1 + focus) - 1)
    dark = rng.uniform(0.1, 0.85) if strength > 0.1 else rng.uniform(0.03, 0.25)
    if rng.random() < 0.2:
        # A rim that shines.
        dark *= -0.8
    light *= 1 - dark * np.exp(-(((level - 1) / width) ** 2))
    for _ in range(int(rng.integers(0, 3))):
        # Bright and dark lines beside it, where the meniscus images the lamp.
        place = 1 + rng.uniform(-3.5, 2.5) * width
        light *= 1 + rng.normal(0, 0.25) * np.exp(-(((level - place) / (0.8 * width)) ** 2))
    return np.clip(light, 0.02, 3).astype(np.float32)
