"""Sampling of the wave and of its intensity with whole arrays; :mod:`.wave_kernel` is the compiled form."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from ...computing.backend import Array


def finer(xp: ModuleType, maps: Array, factor: int) -> Array:
    """Sample maps (..., row, column) ``factor`` times finer, linearly between pixel centres, level beyond the last."""
    for axis in (-2, -1):
        size = maps.shape[axis]
        place = (np.arange(size * factor) + 0.5) / factor - 0.5
        low = np.floor(place).astype(int)
        part = xp.asarray((place - low)[:, None] if axis == -2 else place - low)
        below = xp.take(maps, xp.asarray(np.clip(low, 0, size - 1)), axis=axis)
        maps = below + part * (xp.take(maps, xp.asarray(np.clip(low + 1, 0, size - 1)), axis=axis) - below)
    return maps


def transmission(xp: ModuleType, maps: Array, factor: int) -> Array:
    """Complex transmission exp(−kB − ikΔ) of line integrals kB (maps[0]) and kΔ (maps[1]).

    The phase is reduced to ±π in float64 before it is stored in float32.
    """
    attenuation, phase = finer(xp, maps[0], factor), finer(xp, maps[1], factor)
    turns = phase / (2 * np.pi)
    phase = ((turns - xp.floor(turns + 0.5)) * (2 * np.pi)).astype(np.float32)
    return xp.exp(-attenuation.astype(np.float32) - 1j * phase).astype(np.complex64)


def at_middles(xp: ModuleType, maps: Array) -> Array:
    """Undo, to second order, what averages have smeared in line integrals (channel, row, column) of mixed voxels.

    A mean over a width is f + f''/24. Along rows there is one, that of the voxels; along columns two, the shadow of a
    voxel, whose variance is that of its edge at any angle, and the column.
    """
    curved = 0.0
    for axis, averages in ((1, 1), (2, 2)):
        before, behind = _neighbours(xp, maps, axis)
        curved = curved + averages / 24 * (before + behind - 2 * maps)
    sharper = maps - curved
    # What counts is never negative, but for rounding.
    return xp.where(sharper > 0, sharper, 0.0)


def sharpening(xp: ModuleType, maps: Array) -> Array:
    """What :func:`at_middles` makes of line integrals, over what they were: each slab is multiplied by it.

    Slabs brought to the middles one by one would not add up to the whole, or be negative where they meet.
    """
    there = maps > 0
    share = xp.where(there, at_middles(xp, maps) / xp.where(there, maps, 1.0), 0.0)
    # The most that neighbours of nothing leave; beyond is rounding.
    return xp.where(share < 1.25, share, 1.25)


def resolved(xp: ModuleType, phase: Array) -> Array:
    """What the mean of exp(−iφ) over each sample is to its value in the middle, where φ rises evenly: sin(x)/x.

    Where the phase (row, column) turns within a sample, as at the tangential edge of a sphere, less of the wave is left
    than in the middle of the sample.
    """
    left: Array = 1.0
    for axis in (0, 1):
        before, behind = _neighbours(xp, phase, axis)
        # Half of the rise over one sample.
        half = (behind - before) / 4
        even = (half < 1e-3) & (half > -1e-3)
        half = xp.where(even, 1.0, half)
        left = left * xp.where(even, 1.0, xp.sin(half) / half)
    return left.astype(np.float32)


def _neighbours(xp: ModuleType, values: Array, axis: int) -> tuple[Array, Array]:
    """The neighbours before and behind along an axis, level beyond the edges."""
    size = values.shape[axis]
    places = (np.clip(np.arange(size) + step, 0, size - 1) for step in (-1, 1))
    before, behind = (xp.take(values, xp.asarray(place), axis=axis) for place in places)
    return before, behind


def binned(xp: ModuleType, frame: Array, factor: int) -> Array:
    """Mean over blocks of ``factor`` × ``factor`` pixels."""
    if factor == 1:
        return frame
    rows, columns = frame.shape
    by_column = frame.reshape(rows, columns // factor, factor).mean(axis=2)
    return by_column.reshape(rows // factor, factor, columns // factor).mean(axis=1)


def shifted_rows(maps: Array, shift: float) -> Array:
    """Move maps (channel, row, column) by a fraction of rows, linearly, with edge values beyond."""
    return rows_at(maps, np.arange(maps.shape[1]) - shift)


def rows_at(maps: Array, place: np.ndarray) -> Array:
    """Sample maps (channel, row, column) linearly at rows ``place``, with edge values beyond.

    ``place`` has the shape (row,), or (row, column) where each column has rows of its own.
    """
    from ...computing.backend import array_module_of

    xp = array_module_of(maps)
    rows = maps.shape[1]
    low = np.floor(place).astype(int)
    part = xp.asarray(place - low)
    above, below = (xp.asarray(np.clip(low + n, 0, rows - 1)) for n in (0, 1))
    if place.ndim == 1:
        part = part[:, None]
        return (1 - part) * maps[:, above] + part * maps[:, below]
    column = xp.arange(maps.shape[2])
    return (1 - part) * maps[:, above, column] + part * maps[:, below, column]
