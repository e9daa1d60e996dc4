"""Strays: fibres, hairs, dust and scratches, in the drop, beside it, or on the plate."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..random_fields import blurred, draw_between
from ..view import View

Draw = Callable[[], tuple[float, float]]
"""Draws a place, (row, column) of the view's grid."""


def put_fibres(rng: np.random.Generator, view: View, place: Draw, count: int, faint: float = 1.0) -> None:
    """Put fibres and hairs: long, thin, bent, with dark sides and often a bright middle."""
    for _ in range(count):
        length = draw_between(rng, (0.12, 0.9)) * view.unit_px
        width = draw_between(rng, (0.003, 0.014)) * view.unit_px
        path = _bent_path(rng, place(), length, rng.uniform(0.3, 2.5))
        dark = view.lines(view.whole, [path], width)
        if rng.random() < 0.6:
            dark = dark - rng.uniform(0.5, 1.1) * view.lines(view.whole, [path], 0.45 * width)
        sigma = draw_between(rng, (0.001, 0.006)) * view.unit_px
        part = blurred(dark.astype(np.float32), sigma) * np.float32(faint * rng.uniform(0.4, 0.95))
        view.absorb(view.whole, np.clip(part, -0.4, 0.95))


def put_dust(rng: np.random.Generator, view: View, place: Draw, count: int, largest: float) -> None:
    """Put specks of dust: dark, ragged, up to a part of the shorter side of the image."""
    for _ in range(count):
        size = draw_between(rng, (0.002, max(largest, 0.0025))) * view.unit_px
        centre = np.array(place())
        angles = np.sort(rng.uniform(0, 2 * math.pi, 9))
        reach = size * rng.uniform(0.35, 1.0, 9)
        corners = centre + reach[:, None] * np.column_stack([np.sin(angles), np.cos(angles)])
        window = view.window(corners.min(0) - 3 * size - 3, corners.max(0) + 3 * size + 3)
        if window is None:
            continue
        rows = np.arange(window[0].start, window[0].stop)[:, None] - centre[0]
        columns = np.arange(window[1].start, window[1].stop)[None] - centre[1]
        level = np.hypot(rows, columns) / np.interp(
            np.arctan2(rows, columns) % (2 * math.pi), angles, reach, period=2 * math.pi
        )
        part = np.clip(1.5 - level * 1.0, 0, 1).astype(np.float32)
        part = blurred(part, max(0.25 * size, draw_between(rng, (0.0005, 0.004)) * view.unit_px))
        view.absorb(window, np.float32(rng.uniform(0.3, 0.95)) * part)


def put_scratches(rng: np.random.Generator, view: View, count: int) -> None:
    """Put scratches and threads across the plate: nearly straight, thin, dark or bright, often out of focus."""
    for _ in range(count):
        start = rng.uniform(0, 1, 2) * view.grid
        path = _bent_path(rng, (float(start[0]), float(start[1])), rng.uniform(0.3, 1.6) * view.unit_px, 0.15)
        width = draw_between(rng, (0.001, 0.005)) * view.unit_px
        part = view.lines(view.whole, [path], width)
        part = blurred(part, draw_between(rng, (0.0005, 0.008)) * view.unit_px)
        view.absorb(view.whole, np.float32(rng.uniform(0.15, 0.8) * rng.choice([1, 1, -0.4])) * part)


def _bent_path(rng: np.random.Generator, start: tuple[float, float], length: float, bend: float) -> NDArray[np.float64]:
    steps = 40
    turns = np.cumsum(rng.normal(0, 1, 5)) * bend
    angles = rng.uniform(0, 2 * math.pi) + np.interp(np.linspace(0, 4, steps), np.arange(5), turns)
    moves = np.column_stack([np.sin(angles), np.cos(angles)]) * (length / steps)
    path = np.cumsum(moves, axis=0)
    return np.asarray(path - path.mean(0) + np.asarray(start))
