"""Compiled parts of the projection of label volumes; see :mod:`.thickness` for what they compute."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def label_at(slab, y, x):  # type: ignore[no-untyped-def]
    """Label of a pixel, 0 (air) outside the slice."""
    if y < 0 or x < 0 or y >= slab.shape[0] or x >= slab.shape[1]:
        return np.uint8(0)
    return slab[y, x]


@njit(cache=True, nogil=True)
def is_corner(a, b, c, d):  # type: ignore[no-untyped-def]
    """Whether four pixels round a point (a b over c d) make the mixed difference of any label non-zero."""
    # For each label the difference is (a=l) - (b=l) - (c=l) + (d=l); all vanish when pixels cancel in pairs.
    return not ((a == b and c == d) or (a == c and b == d))


@njit(cache=True, nogil=True)
def count_corners(labels, counts):  # type: ignore[no-untyped-def]
    """Number of corners in each slice."""
    rows, height, width = labels.shape
    for row in range(rows):
        slab = labels[row]
        total = 0
        for y in range(height + 1):
            for x in range(width + 1):
                a = label_at(slab, y - 1, x - 1)
                b = label_at(slab, y - 1, x)
                c = label_at(slab, y, x - 1)
                d = label_at(slab, y, x)
                if is_corner(a, b, c, d):
                    total += 1
        counts[row] = total


@njit(cache=True, nogil=True)
def list_corners(labels, starts, positions, jumps):  # type: ignore[no-untyped-def]
    """Positions (y, x) and mixed second differences of the indicator of each material 1 to 4."""
    rows, height, width = labels.shape
    for row in range(rows):
        slab = labels[row]
        n = starts[row]
        for y in range(height + 1):
            for x in range(width + 1):
                a = label_at(slab, y - 1, x - 1)
                b = label_at(slab, y - 1, x)
                c = label_at(slab, y, x - 1)
                d = label_at(slab, y, x)
                if is_corner(a, b, c, d):
                    positions[n, 0] = y
                    positions[n, 1] = x
                    if a > 0:
                        jumps[n, a - 1] += 1
                    if b > 0:
                        jumps[n, b - 1] -= 1
                    if c > 0:
                        jumps[n, c - 1] -= 1
                    if d > 0:
                        jumps[n, d - 1] += 1
                    n += 1


@njit(cache=True, nogil=True)
def project_corners(starts, positions, weights, per_y, per_x, origin, scale, out):  # type: ignore[no-untyped-def]
    """Bin-averaged projection of every slice, out[channel, row, column].

    A corner of weight w at bin coordinate t = origin + per_y y + per_x x adds w (k - t)+²/2 to the integral up to bin
    edge k. In the bins this has the quadratic B-spline as second difference: three deposits, then two running sums.
    """
    channels, rows, columns = out.shape
    buffer = np.zeros((columns + 2, channels))
    value = np.empty(channels)
    left = np.empty(channels)
    for row in range(rows):
        first, last = starts[row], starts[row + 1]
        if first == last:
            for channel in range(channels):
                for column in range(columns):
                    out[channel, row, column] = 0.0
            continue
        buffer[:] = 0.0
        value[:] = 0.0
        left[:] = 0.0
        for n in range(first, last):
            t = origin + per_y * positions[n, 0] + per_x * positions[n, 1]
            if t >= columns:
                continue
            if t < 0.0:
                # Left of the first bin edge the corner's share is a straight line over all the bins.
                for channel in range(channels):
                    w = weights[n, channel]
                    value[channel] += w * (0.5 - t)
                    left[channel] += w
                continue
            column = int(t)
            r = t - column
            d0 = 0.5 * (1.0 - r) * (1.0 - r)
            d2 = 0.5 * r * r
            d1 = 1.0 - d0 - d2
            for channel in range(channels):
                w = weights[n, channel]
                buffer[column, channel] += w * d0
                buffer[column + 1, channel] += w * d1
                buffer[column + 2, channel] += w * d2
        for channel in range(channels):
            total = value[channel]
            rise = 0.0
            before = left[channel]
            for column in range(columns):
                rise += buffer[column, channel]
                total += rise
                out[channel, row, column] = scale * (total + before * column)
