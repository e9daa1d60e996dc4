"""Samples whose line integrals are known in closed form."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.scan import Scan


def discs(angles_deg, width, centre_px, parts, rows=1):
    """Line integrals of discs (y, x, radius, attenuation per pixel), (angle, row, column), at pixel middles."""
    phi = np.deg2rad(np.asarray(angles_deg, dtype=float))[:, np.newaxis]
    column = np.arange(width) - centre_px
    total = np.zeros((phi.size, width))
    for y, x, radius, attenuation in parts:
        away = column - (x * np.cos(phi) - y * np.sin(phi))
        total += attenuation * 2 * np.sqrt(np.clip(radius**2 - away**2, 0, None))
    return np.repeat(total[:, np.newaxis].astype(np.float32), rows, axis=1)


def ellipsoids(rng, angles_deg, shape, centre_px):
    """Line integrals of a drop near the axis with smaller bodies in it, like a crystal in a loop."""
    rows, width = shape
    phi = np.deg2rad(np.asarray(angles_deg, dtype=float))
    total = np.zeros((phi.size, rows, width))
    for body in range(6):
        y, x = rng.uniform(-0.15, 0.15, 2) * width if body else rng.uniform(-0.04, 0.04, 2) * width
        a, b = rng.uniform(0.04, 0.12, 2) * width if body else rng.uniform(0.2, 0.26, 2) * width
        turn = rng.uniform(0, np.pi)
        middle, height = (rng.uniform(0.3, 0.7) * rows, 0.15 * rows) if body else (rows / 2, 0.4 * rows)
        attenuation = 0.004 * (rng.uniform(-0.5, 1) if body else 1)
        across_x, across_y = np.cos(phi), -np.sin(phi)
        half2 = (a * (across_x * np.cos(turn) + across_y * np.sin(turn))) ** 2
        half2 += (b * (-across_x * np.sin(turn) + across_y * np.cos(turn))) ** 2
        shrink2 = np.clip(1 - ((np.arange(rows) - middle) / height) ** 2, 0, None)[:, np.newaxis]
        away = np.arange(width) - centre_px - (x * across_x + y * across_y)[:, np.newaxis, np.newaxis]
        inside = np.clip(half2[:, np.newaxis, np.newaxis] * shrink2 - away**2, 0, None)
        total += attenuation * 2 * a * b * np.sqrt(shrink2 * inside) / half2[:, np.newaxis, np.newaxis]
    return total.astype(np.float32)


def counted(line_integrals, angles_deg, counts=20000.0, dark=100.0, rng=None, **known):
    """A scan of ``counts`` counts a pixel in air; with Poisson noise where a generator is given."""
    seen = counts * np.exp(-line_integrals)
    flats = np.full((20, *line_integrals.shape[1:]), counts)
    if rng is not None:
        seen, flats = rng.poisson(seen), rng.poisson(flats)
    darks = np.full((5, *line_integrals.shape[1:]), dark)
    return Scan(np.float32(seen + dark), np.float32(flats + dark), np.float32(darks), angles_deg, **known)
