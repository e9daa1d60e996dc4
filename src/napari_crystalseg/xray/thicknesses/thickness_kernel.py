"""Compiled parts of the projection of label volumes; see :mod:`.thickness` for what they compute."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel

# Corners whose places are worked out together, in wide registers, before they are added one by one.
BLOCK = 128
# Indices that are known not to be negative, which saves the code that counts from the end.
ONE, TWO = np.uintp(1), np.uintp(2)


@kernel(nogil=True)
def label_at(slab: NDArray[np.integer], y: int, x: int) -> np.integer:
    """Label of a pixel, 0 (air) outside the slice."""
    if y < 0 or x < 0 or y >= slab.shape[0] or x >= slab.shape[1]:
        return np.uint8(0)
    label: np.integer = slab[y, x]
    return label


@kernel(nogil=True)
def is_corner(a: np.integer, b: np.integer, c: np.integer, d: np.integer) -> bool:
    """Whether four pixels round a point (a b over c d) make the mixed difference of any label non-zero."""
    # For each label the difference is (a=l) - (b=l) - (c=l) + (d=l); all vanish when pixels cancel in pairs.
    return not ((a == b and c == d) or (a == c and b == d))


@kernel(nogil=True)
def count_corners(labels: NDArray[np.integer], counts: NDArray[np.int64]) -> None:
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


@kernel(nogil=True)
def list_corners(
    labels: NDArray[np.uint8], starts: NDArray[np.int64], positions: NDArray[np.integer], kinds: NDArray[np.integer]
) -> None:
    """Positions (y, x) of the corners, and numbers of their mixed second differences in :data:`.thickness.JUMPS`."""
    step = np.array([0, 1, 5, 25, 125])
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
                    positions[0, n] = y
                    positions[1, n] = x
                    # No difference at all is the one in the middle.
                    kinds[n] = 312 + step[a] - step[b] - step[c] + step[d]
                    n += 1


@kernel(nogil=True)
def list_code_corners(
    codes: NDArray[np.int32],
    values: NDArray[np.float64],
    starts: NDArray[np.int64],
    positions: NDArray[np.integer],
    weights: NDArray[np.float64],
) -> None:
    """Positions (y, x) and mixed second differences of values[code], for each channel."""
    rows, height, width = codes.shape
    for row in range(rows):
        slab = codes[row]
        n = starts[row]
        for y in range(height + 1):
            for x in range(width + 1):
                a = label_at(slab, y - 1, x - 1)
                b = label_at(slab, y - 1, x)
                c = label_at(slab, y, x - 1)
                d = label_at(slab, y, x)
                if is_corner(a, b, c, d):
                    positions[0, n] = y
                    positions[1, n] = x
                    for channel in range(values.shape[1]):
                        straight = values[a, channel] + values[d, channel]
                        weights[n, channel] = straight - values[b, channel] - values[c, channel]
                    n += 1


@kernel(nogil=True)
def place_corners(
    ys: NDArray[np.integer],
    xs: NDArray[np.integer],
    start: float,
    per_y: float,
    per_x: float,
    columns: int,
    column: NDArray[np.int32],
    outer: NDArray[np.float64],
    middle: NDArray[np.float64],
    inner: NDArray[np.float64],
) -> int:
    """First bin and three shares of each corner of a block; returns how many lie outside of the bins."""
    outside = 0
    end = float(columns)
    for n in range(ys.size):
        t = start + per_y * ys[n] + per_x * xs[n]
        outside += (t < 0.0) | (t >= end)
        bin = np.int32(t)
        r = t - bin
        d0 = 0.5 * (1.0 - r) * (1.0 - r)
        d2 = 0.5 * r * r
        column[n] = bin
        outer[n] = d0
        middle[n] = 1.0 - d0 - d2
        inner[n] = d2
    return outside


@kernel(nogil=True)
def project_corners(
    starts: NDArray[np.int64],
    positions: NDArray[np.integer],
    kinds: NDArray[np.integer],
    table: NDArray[np.float64],
    per_y: float,
    per_x: float,
    origin: float,
    roll_sine: float,
    scale: float,
    out: NDArray[np.float64],
) -> None:
    """Bin-averaged projection of every slice, out[channel, row, column].

    A corner of weight w at bin coordinate t = origin + per_y y + per_x x adds w (k - t)+²/2 to the integral up to bin
    edge k. In the bins this has the quadratic B-spline as second difference: three deposits, then two running sums.
    From one row to the next the origin moves by ``roll_sine``, and is that given in the middle.
    """
    channels, rows, columns = out.shape
    buffer = np.zeros((columns + 2, channels))
    value = np.empty(channels)
    left = np.empty(channels)
    column = np.empty(BLOCK, np.int32)
    outer, middle, inner = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for row in range(rows):
        if starts[row] == starts[row + 1]:
            out[:, row] = 0.0
            continue
        buffer[:] = 0.0
        value[:] = 0.0
        left[:] = 0.0
        start = origin + roll_sine * (row - 0.5 * (rows - 1))
        for first in range(starts[row], starts[row + 1], BLOCK):
            last = min(first + BLOCK, starts[row + 1])
            ys, xs = positions[0, first:last], positions[1, first:last]
            if place_corners(ys, xs, start, per_y, per_x, columns, column, outer, middle, inner) > 0:
                for n in range(last - first):
                    t = start + per_y * ys[n] + per_x * xs[n]
                    deposit(buffer, value, left, t, table[kinds[first + n]], 1.0)
            elif channels == 2:
                # The common case, written out: twice as fast as the loop.
                for n in range(last - first):
                    k = np.uintp(kinds[first + n])
                    w, v = table[k, 0], table[k, 1]
                    d0, d1, d2 = outer[n], middle[n], inner[n]
                    c = np.uintp(column[n])
                    buffer[c, 0] += w * d0
                    buffer[c, 1] += v * d0
                    buffer[c + ONE, 0] += w * d1
                    buffer[c + ONE, 1] += v * d1
                    buffer[c + TWO, 0] += w * d2
                    buffer[c + TWO, 1] += v * d2
            else:
                for n in range(last - first):
                    k, c = kinds[first + n], column[n]
                    for channel in range(channels):
                        w = table[k, channel]
                        buffer[c, channel] += w * outer[n]
                        buffer[c + 1, channel] += w * middle[n]
                        buffer[c + 2, channel] += w * inner[n]
        if channels == 2:
            add_up_two(buffer, value, left, scale, out[0, row], out[1, row])
            continue
        for channel in range(channels):
            total, rise, before = value[channel], 0.0, left[channel]
            for bin in range(columns):
                rise += buffer[bin, channel]
                total += rise
                out[channel, row, bin] = scale * (total + before * bin)


@kernel(nogil=True)
def add_up_two(
    buffer: NDArray[np.float64],
    value: NDArray[np.float64],
    left: NDArray[np.float64],
    scale: float,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
) -> None:
    """Profiles of two channels from their second differences, side by side: each sum waits for the one before."""
    total, other_total, rise, other_rise = value[0], value[1], 0.0, 0.0
    for bin in range(first.size):
        rise += buffer[bin, 0]
        other_rise += buffer[bin, 1]
        total += rise
        other_total += other_rise
        first[bin] = scale * (total + left[0] * bin)
        second[bin] = scale * (other_total + left[1] * bin)


@kernel(nogil=True)
def count_runs(labels: NDArray[np.integer], counts: NDArray[np.int64]) -> None:
    """Number of straight runs of faces in each slice; see :func:`list_runs`."""
    runs = np.empty((0, 6), np.int32)
    for row in range(labels.shape[0]):
        counts[row] = slice_runs(labels[row], runs, 0, False)


@kernel(nogil=True)
def list_runs(labels: NDArray[np.integer], starts: NDArray[np.int64], runs: NDArray[np.int32]) -> None:
    """Straight runs of faces between two labels: (y, x, end y, end x, label before, label after)."""
    for row in range(labels.shape[0]):
        slice_runs(labels[row], runs, starts[row], True)


@kernel(nogil=True)
def slice_runs(slab: NDArray[np.integer], runs: NDArray[np.int32], n: int, keep: bool) -> int:
    """Runs of faces of one slice, written from ``runs[n]`` on if they are to be kept; returns the next n."""
    height, width = slab.shape
    above: np.integer
    below: np.integer
    for y in range(height + 1):
        begin, above, below = 0, np.uint8(0), np.uint8(0)
        for x in range(width + 1):
            a, b = label_at(slab, y - 1, x), label_at(slab, y, x)
            if x == 0 or x == width or a != above or b != below:
                if x > 0 and above != below:
                    if keep:
                        runs[n, 0], runs[n, 1], runs[n, 2], runs[n, 3] = y, begin, y, x
                        runs[n, 4], runs[n, 5] = above, below
                    n += 1
                begin, above, below = x, a, b
    for x in range(width + 1):
        begin, above, below = 0, np.uint8(0), np.uint8(0)
        for y in range(height + 1):
            a, b = label_at(slab, y, x - 1), label_at(slab, y, x)
            if y == 0 or y == height or a != above or b != below:
                if y > 0 and above != below:
                    if keep:
                        runs[n, 0], runs[n, 1], runs[n, 2], runs[n, 3] = begin, x, y, x
                        runs[n, 4], runs[n, 5] = above, below
                    n += 1
                begin, above, below = y, a, b
    return n


@kernel(nogil=True)
def deposit(
    buffer: NDArray[np.float64],
    value: NDArray[np.float64],
    left: NDArray[np.float64],
    t: float,
    weight: NDArray[np.float64],
    sign: float,
) -> None:
    """Add a corner of the profile at bin coordinate t; see :func:`project_corners`."""
    columns = buffer.shape[0] - 2
    if t >= columns:
        return
    if t < 0.0:
        for channel in range(weight.size):
            value[channel] += sign * weight[channel] * (0.5 - t)
            left[channel] += sign * weight[channel]
        return
    column = int(t)
    r = t - column
    d0 = 0.5 * (1.0 - r) * (1.0 - r)
    d2 = 0.5 * r * r
    d1 = 1.0 - d0 - d2
    for channel in range(weight.size):
        w = sign * weight[channel]
        buffer[column, channel] += w * d0
        buffer[column + 1, channel] += w * d1
        buffer[column + 2, channel] += w * d2


@kernel(nogil=True)
def project_slabs(
    starts: NDArray[np.int64],
    positions: NDArray[np.integer],
    kinds: NDArray[np.integer],
    table: NDArray[np.float64],
    run_starts: NDArray[np.int64],
    runs: NDArray[np.int32],
    values: NDArray[np.float64],
    steps: NDArray[np.float64],
    origin: float,
    roll_sine: float,
    depth: float,
    scale: float,
    first: int,
    out: NDArray[np.float64],
) -> None:
    """Bin-averaged projections of the slabs from ``first`` on of every slice, out[slab, channel, row, column].

    ``steps`` is (bins a voxel along y and x, slabs a voxel along y and x, sine, cosine); ``origin`` and ``depth`` are
    the bin and the slab of the corner (0, 0), and ``roll_sine`` moves the bins from row to row. The outline of the part
    of a material in one slab has the corners in that slab, and new ones where a run of faces crosses the plane between
    two slabs: there the outline turns from the face into the plane, which changes the profile's slope by tan φ (faces
    along x) or cot φ (along y); in the units of ``scale`` by sin² and cos².
    """
    count, channels, rows, columns = out.shape
    bin_y, bin_x, slab_y, slab_x, sine, cosine = steps
    buffer = np.zeros((count, columns + 2, channels))
    value = np.zeros((count, channels))
    left = np.zeros((count, channels))
    jump = np.empty(channels)
    for row in range(rows):
        buffer[:] = 0.0
        value[:] = 0.0
        left[:] = 0.0
        start = origin + roll_sine * (row - 0.5 * (rows - 1))
        for n in range(starts[row], starts[row + 1]):
            y, x = positions[0, n], positions[1, n]
            slab = int(np.floor(depth + slab_y * y + slab_x * x)) - first
            if 0 <= slab < count:
                deposit(buffer[slab], value[slab], left[slab], start + bin_y * y + bin_x * x, table[kinds[n]], 1.0)
        for n in range(run_starts[row], run_starts[row + 1]):
            y, x, end_y, end_x = runs[n, 0], runs[n, 1], runs[n, 2], runs[n, 3]
            d, end_d = depth + slab_y * y + slab_x * x, depth + slab_y * end_y + slab_x * end_x
            low, high = int(np.floor(min(d, end_d))), int(np.floor(max(d, end_d)))
            if high <= low or high < first or low >= first + count:
                continue
            turn = -sine * abs(sine) if end_y == y else -cosine * abs(cosine)
            for channel in range(channels):
                jump[channel] = turn * (values[runs[n, 5], channel] - values[runs[n, 4], channel])
            for plane in range(max(low + 1, first), min(high, first + count) + 1):
                share = (plane - d) / (end_d - d)
                t = start + bin_y * (y + share * (end_y - y)) + bin_x * (x + share * (end_x - x))
                slab = plane - first
                if slab < count:
                    deposit(buffer[slab], value[slab], left[slab], t, jump, 1.0)
                if slab > 0:
                    deposit(buffer[slab - 1], value[slab - 1], left[slab - 1], t, jump, -1.0)
        for slab in range(count):
            for channel in range(channels):
                total, rise, before = value[slab, channel], 0.0, left[slab, channel]
                for column in range(columns):
                    rise += buffer[slab, column, channel]
                    total += rise
                    out[slab, channel, row, column] = scale * (total + before * column)
