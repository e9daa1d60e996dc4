"""What is round in a drop: droplets of a separated phase, gas bubbles, and spherulites."""

from __future__ import annotations

import math

import numpy as np

from ..drop_outline import DropOutline
from ..random_fields import Plane, blurred, draw_between, ramp, slopes, smooth_field
from ..view import View


def put_phase_separation(rng: np.random.Generator, view: View, drop: DropOutline) -> None:
    """Put droplets of oil into a drop, of all sizes, or patches that have run together."""
    kind = str(rng.choice(["droplets", "patches", "both"], p=[0.65, 0.2, 0.15]))
    if kind != "droplets":
        grain = draw_between(rng, (0.05, 0.25)) * drop.radius_px
        field = smooth_field(rng, drop.inside.shape, grain)
        edge = rng.uniform(0.1, 0.4)
        height = ramp(field, -edge, edge) * drop.inside
        along_rows, along_columns = slopes(blurred(height, max(0.002 * view.unit_px, 0.7)))
        strength = np.float32(rng.uniform(0.35, 0.9) * grain * edge)
        view.tilt(drop.window, strength * along_rows, strength * along_columns)
    if kind == "patches":
        return
    places = drop.places
    largest = draw_between(rng, (0.02, 0.22)) * min(drop.radius_px, 1.5 * places.widest_px)
    largest = max(largest, 0.012 * view.unit_px)
    smallest = max(largest * draw_between(rng, (0.08, 0.6)), 0.006 * view.unit_px)
    smallest = min(smallest, largest)
    # As many as leave room between them.
    most = 0.35 * float(drop.mask.sum()) / (math.pi * largest * smallest)
    count = int(np.clip(draw_between(rng, (8, 160)), 4, max(most, 6)))
    lens, power = rng.uniform(0.3, 1.6), rng.uniform(1.5, 4)
    hollow = rng.uniform(-0.25, 0.35)
    for _ in range(count):
        radius = draw_between(rng, (smallest, largest))
        put_lens(rng, view, places.draw(rng, 0.9 * radius), radius, lens, power, hollow)


def put_bubbles(rng: np.random.Generator, view: View, drop: DropOutline, count: int) -> None:
    """Put gas bubbles into a drop: total reflection makes them black but for their middle."""
    places = drop.places
    for _ in range(count):
        radius = max(draw_between(rng, (0.02, 0.12)) * drop.radius_px, 0.008 * view.unit_px)
        place = places.draw(rng, radius)
        put_lens(rng, view, place, radius, rng.uniform(2.0, 4.0), rng.uniform(1.2, 3), 0.0)


def put_lens(
    rng: np.random.Generator,
    view: View,
    place: tuple[float, float],
    radius_px: float,
    strength: float,
    power: float,
    absorbs: float,
) -> None:
    """Put a small round lens into the view; its tilt grows with a power of the distance from its middle."""
    longer = math.exp(abs(rng.normal(0, 0.05)))
    polar = _polar(rng, view, place, radius_px, longer)
    if polar is None:
        return
    window, level, rows, columns = polar
    inside = ramp(level, 1 + 0.5 / radius_px, 1 - 0.7 / radius_px)
    size = np.float32(strength) * np.minimum(level, 1) ** np.float32(power - 1) * inside / np.float32(radius_px)
    view.tilt(window, size * rows, size * columns)
    rim = np.exp(-(((level - 1) / max(0.09, 0.8 / radius_px)) ** 2)).astype(np.float32)
    view.absorb(window, np.clip(np.float32(0.35) * rim + np.float32(absorbs) * inside, -0.3, 0.9))


def put_spherulites(rng: np.random.Generator, view: View, drop: DropOutline, coloured: bool) -> None:
    """Put spherulites into a drop: balls of threads from one point, without faces or edges."""
    places = drop.places
    size = max(draw_between(rng, (0.05, 0.3)) * min(drop.radius_px, 1.5 * places.widest_px), 0.02 * view.unit_px)
    count = int(np.clip(draw_between(rng, (2, 40)), 2, 0.4 * float(drop.mask.sum()) / (math.pi * size**2) + 2))
    dark, threads = rng.uniform(0.15, 0.75), rng.uniform(0.1, 0.5)
    crossed = coloured and rng.random() < 0.3
    rough = rng.uniform(0.01, 0.08)
    for _ in range(count):
        radius = size * rng.uniform(0.5, 1.0)
        polar = _polar(rng, view, places.draw(rng, 0.8 * radius), radius, 1.0)
        if polar is None:
            continue
        window, level, rows, columns = polar
        angle = np.arctan2(rows, columns)
        spokes = 4 * int(rng.integers(12, 30))
        waves = rng.normal(size=spokes)
        index = ((angle / (2 * math.pi) + 0.5) * (spokes - 1)).astype(int)
        level = level / (1 + rough * waves[index].astype(np.float32))
        soft = max(0.05, 1 / radius)
        inside = ramp(level, 1 + soft, 1 - soft)
        # Thick in the middle as a ball is.
        thick = np.sqrt(np.clip(1 - level**2, 0, 1))
        part = np.float32(dark) * (0.45 + 0.55 * thick) * inside
        part = part * (1 + np.float32(threads) * (waves[index] * np.minimum(level, 1)).astype(np.float32))
        part = part + 0.3 * np.exp(-(((level - 1) / (1.5 * soft)) ** 2)).astype(np.float32)
        if crossed:
            part = part * np.float32(1.2) * np.cos(2 * angle).astype(np.float32) ** 2 - np.float32(0.2) * inside
        # As a ball of another refractive index it bends light, too.
        bend = np.float32(rng.uniform(0.2, 0.9)) * np.minimum(level, 1) * inside / np.float32(radius)
        view.tilt(window, bend * rows, bend * columns)
        view.absorb(window, np.clip(part, -0.4, 0.95).astype(np.float32))


def _polar(
    rng: np.random.Generator, view: View, place: tuple[float, float], radius_px: float, longer: float
) -> tuple[tuple[slice, slice], Plane, Plane, Plane] | None:
    """Distance from a place over a radius, and rows and columns from it, in the part of the view about it."""
    reach = 1.5 * radius_px * longer + 3
    window = view.window((place[0] - reach, place[1] - reach), (place[0] + reach, place[1] + reach))
    if window is None:
        return None
    rows = (np.arange(window[0].start, window[0].stop) - place[0]).astype(np.float32)[:, None]
    columns = (np.arange(window[1].start, window[1].stop) - place[1]).astype(np.float32)[None]
    turn = rng.uniform(0, math.pi)
    cosine, sine = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    along, across = columns * cosine + rows * sine, rows * cosine - columns * sine
    level: Plane = np.sqrt((along / longer) ** 2 + (across * longer) ** 2).astype(np.float32) / np.float32(radius_px)
    rows, columns = np.broadcast_arrays(rows, columns)
    return window, level, rows, columns
