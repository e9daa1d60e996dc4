"""Precipitate: from a fine grain over all of the drop to heavy brown clumps."""

from __future__ import annotations

import numpy as np

from ..drop_outline import DropOutline
from ..random_fields import Plane, blurred, draw_between, fractal_field, ramp, smooth_field
from ..view import View


def put_precipitate(
    rng: np.random.Generator, view: View, drop: DropOutline, weight: float, coloured: bool, evenly: float = 0.5
) -> None:
    """Put precipitate into a drop.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    view : View
        View with the drop.
    drop : DropOutline
        Drop.
    weight : float
        How much, from 0, just seen, to 1, heavy.
    coloured : bool
        Whether heavy precipitate may be brown.
    evenly : float
        Probability that it lies all over the drop, not in parts of it.
    """
    where = _where(rng, drop, evenly=bool(rng.random() < evenly))
    colour = None
    if coloured and rng.random() < 0.6:
        brown = rng.uniform(0, 0.5)
        colour = (1 - brown, 1 - 0.4 * brown, 1.0)
    kinds = rng.random(3) < (0.65, 0.55, weight)
    if not kinds.any():
        kinds[int(rng.integers(0, 2))] = True
    if kinds[0]:
        _put_grain(rng, view, drop, where, weight)
    if kinds[1]:
        _put_granules(rng, view, drop, where, weight, colour)
    if kinds[2]:
        _put_clumps(rng, view, drop, where, weight, colour)


def _where(rng: np.random.Generator, drop: DropOutline, evenly: bool) -> Plane:
    """How much of it lies at each pixel of the drop's window, 0 to 1: all over, in parts, or towards middle or rim."""
    if evenly:
        return drop.inside
    field = smooth_field(rng, drop.inside.shape, drop.radius_px * rng.uniform(0.3, 0.9))
    inward = rng.normal(0, 1.2)
    field += np.float32(inward) * (0.6 - np.minimum(drop.level[drop.window], 1.5))
    # Somewhere it is always seen.
    highest = float(np.quantile(field[drop.inside > 0][::7], 0.8))
    field += np.float32(max(0.0, 0.8 - highest))
    spread: Plane = ramp(field, rng.uniform(-0.8, 0.2), rng.uniform(0.4, 1.2)) * drop.inside
    return spread


def _put_grain(rng: np.random.Generator, view: View, drop: DropOutline, where: Plane, weight: float) -> None:
    """Grains too small to be told apart, each of which bends light a little."""
    grain = max(draw_between(rng, (0.002, 0.009)) * view.unit_px, 1.0)
    strength = np.float32((0.15 + 0.55 * weight) * rng.uniform(0.7, 1.3))
    strong = strength * where
    shape = where.shape
    view.tilt(drop.window, strong * smooth_field(rng, shape, grain), strong * smooth_field(rng, shape, grain))


def _put_granules(
    rng: np.random.Generator,
    view: View,
    drop: DropOutline,
    where: Plane,
    weight: float,
    colour: tuple[float, float, float] | None,
) -> None:
    """Grains that are told apart: dark dots with a bright middle or rim, of no crystal's shape."""
    rows, columns = np.nonzero(drop.inside)
    part = np.zeros_like(where)
    for _ in range(2):
        size = max(draw_between(rng, (0.0015, 0.006)) * view.unit_px, 0.5)
        share = draw_between(rng, (0.015, 0.06)) * (0.5 + 1.5 * weight)
        count = min(int(share * len(rows) / (2 * np.pi * size**2)) + 5, 6000)
        chosen = rng.integers(0, len(rows), count)
        dots = np.zeros_like(where)
        place = rows[chosen], columns[chosen]
        dots[place] = where[place] * rng.uniform(0.3, 1.0, count).astype(np.float32)
        wide = blurred(dots, size) * np.float32(2 * np.pi * max(size, 0.4) ** 2)
        part += wide - np.float32(rng.uniform(0.0, 0.5)) * blurred(dots, 1.8 * size) * np.float32(2 * np.pi * size**2)
    strength = rng.uniform(0.35, 0.9)
    if rng.random() < 0.15:
        # Grains that send light on, as small lenses do.
        strength *= -0.7
    view.absorb(drop.window, np.clip(strength * part, -0.6, 0.92), colour)


def _put_clumps(
    rng: np.random.Generator,
    view: View,
    drop: DropOutline,
    where: Plane,
    weight: float,
    colour: tuple[float, float, float] | None,
) -> None:
    """Clumps of many sizes, dark where they are thick."""
    coarsest = draw_between(rng, (0.015, 0.12)) * view.unit_px
    field = fractal_field(rng, where.shape, coarsest, max(0.003 * view.unit_px, 1.2), rng.uniform(0.6, 0.85))
    if rng.random() < 0.2:
        # A cloud without edges.
        cloud = np.float32(rng.uniform(0.08, 0.2) + 0.1 * weight) * field * where
        view.absorb(drop.window, np.clip(cloud, -0.5, 0.9))
        return
    level = rng.uniform(0.9, 1.5) - 1.3 * weight
    part = ramp(field, level - rng.uniform(0.1, 0.6), level + rng.uniform(0.3, 1.5)) * where
    view.absorb(drop.window, np.float32(rng.uniform(0.35, 0.6) + 0.35 * weight) * part, colour)
