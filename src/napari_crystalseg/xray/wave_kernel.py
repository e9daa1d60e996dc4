"""Compiled parts of the wave behind a sample; see :mod:`.wave`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def between(size, factor):  # type: ignore[no-untyped-def]
    """Lower neighbour, upper neighbour and weight of the upper one for samples ``factor`` times finer."""
    low = np.empty(size * factor, np.int64)
    high = np.empty(size * factor, np.int64)
    part = np.empty(size * factor)
    for n in range(size * factor):
        place = (n + 0.5) / factor - 0.5
        floor = math.floor(place)
        part[n] = place - floor
        low[n] = max(floor, 0)
        high[n] = min(floor + 1, size - 1)
    return low, high, part


@njit(cache=True, nogil=True)
def wave_terms(maps, factor, attenuation, phase):  # type: ignore[no-untyped-def]
    """Sample kB (maps[0]) and kΔ (maps[1]) ``factor`` times finer, linearly between pixel centres.

    The phase is reduced to ±π in float64 before it is stored in float32.
    """
    rows, columns = attenuation.shape
    top, bottom, down = between(maps.shape[1], factor)
    left, right, along = between(maps.shape[2], factor)
    per_turn = 0.5 / math.pi
    line = np.empty((2, maps.shape[2]))
    for row in range(rows):
        for channel in range(2):
            for column in range(maps.shape[2]):
                above = maps[channel, top[row], column]
                line[channel, column] = above + down[row] * (maps[channel, bottom[row], column] - above)
        for column in range(columns):
            a, b, part = left[column], right[column], along[column]
            attenuation[row, column] = line[0, a] + part * (line[0, b] - line[0, a])
            turns = (line[1, a] + part * (line[1, b] - line[1, a])) * per_turn
            phase[row, column] = (turns - math.floor(turns + 0.5)) / per_turn


@njit(cache=True, nogil=True)
def binned_intensity(field, factor, out):  # type: ignore[no-untyped-def]
    """Mean of |field|² over blocks of ``factor`` × ``factor`` samples."""
    rows, columns = out.shape
    share = 1.0 / (factor * factor)
    for row in range(rows):
        for column in range(columns):
            total = np.float32(0.0)
            for y in range(row * factor, (row + 1) * factor):
                for x in range(column * factor, (column + 1) * factor):
                    value = field[y, x]
                    total += value.real * value.real + value.imag * value.imag
            out[row, column] = total * share
