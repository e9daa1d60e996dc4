"""Compiled parts of the wave behind a sample; see :mod:`.wave`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel

# Taylor's series of sin 2πr and cos 2πr in turns r, |r| <= 1/8, and of exp: the next term is below the last digit of
# float32. All constants are typed, so that eight samples fit into a register where four of float64 would.
TURN = 2 * math.pi
S1, S3, S5, S7, S9 = (np.float32((-1) ** n * TURN ** (2 * n + 1) / math.factorial(2 * n + 1)) for n in range(5))
C2, C4, C6, C8 = (np.float32((-1) ** n * TURN ** (2 * n) / math.factorial(2 * n)) for n in range(1, 5))
E2, E3, E4, E5, E6 = (1 / math.factorial(n) for n in range(2, 7))
ONE, HALF, QUARTER, FOUR = (np.float32(x) for x in (1.0, 0.5, 0.25, 4.0))
# Adding and subtracting these rounds to whole numbers, in the way that every processor does and in registers.
WHOLE_64, WHOLE_32 = 1.5 * 2.0**52, np.float32(1.5 * 2.0**23)
PER_TURN = 0.5 / math.pi
# 2⁸ of these are 128: what is left of a wave then is nothing in float32.
OPAQUE = -0.5
# Field samples a side that are turned together: eight kilobytes.
TILE = 32


@kernel(nogil=True)
def between(size: int, factor: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
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


@kernel(nogil=True)
def transmitted(attenuation: NDArray[np.float64], phase: NDArray[np.float64], out: NDArray[np.complex64]) -> None:
    """Complex transmission exp(−attenuation − i phase) of a line of samples.

    The phase is reduced to half a turn in float64, then to an eighth in float32. The attenuation is divided by 256 and
    the exponential squared eight times, in float64: to the last digit of float32, without a table or a branch.
    """
    for n in range(phase.size):
        turns = phase[n] * PER_TURN
        part = np.float32(turns - ((turns + WHOLE_64) - WHOLE_64))
        quarters = (part * FOUR + WHOLE_32) - WHOLE_32
        r = part - quarters * QUARTER
        q = r * r
        sine = r * (S1 + q * (S3 + q * (S5 + q * (S7 + q * S9))))
        cosine = ONE + q * (C2 + q * (C4 + q * (C6 + q * C8)))
        squared = quarters * quarters
        sign = ONE - squared * HALF
        odd = squared == ONE
        real = -quarters * sine if odd else sign * cosine
        imag = quarters * cosine if odd else sign * sine
        x = attenuation[n] * (-1.0 / 256.0)
        x = OPAQUE if x < OPAQUE else x
        e = 1.0 + x * (1.0 + x * (E2 + x * (E3 + x * (E4 + x * (E5 + x * E6)))))
        for _ in range(8):
            e *= e
        amplitude = np.float32(e)
        out[n] = complex(amplitude * real, -(amplitude * imag))


@kernel(nogil=True)
def sheet(maps: NDArray[np.float64], factor: int, bridge: NDArray[np.floating], out: NDArray[np.complex64]) -> None:
    """Transmission of line integrals kB (maps[0]) and kΔ (maps[1]), linearly between pixel centres.

    ``out`` has ``factor`` times as many rows and columns, and as many columns more as the ``bridge`` from the last to
    the first has weights, see :class:`.propagation.FresnelStep`.
    """
    rows, columns = maps.shape[1] * factor, maps.shape[2] * factor
    top, bottom, down = between(maps.shape[1], factor)
    left, right, along = between(maps.shape[2], factor)
    line = np.empty((2, maps.shape[2]))
    fine = np.empty((2, columns))
    for row in range(rows):
        if factor == 1:
            transmitted(maps[0, row], maps[1, row], out[row, :columns])
        else:
            for channel in range(2):
                for column in range(maps.shape[2]):
                    above = maps[channel, top[row], column]
                    line[channel, column] = above + down[row] * (maps[channel, bottom[row], column] - above)
                for column in range(columns):
                    a, b = line[channel, left[column]], line[channel, right[column]]
                    fine[channel, column] = a + along[column] * (b - a)
            transmitted(fine[0], fine[1], out[row, :columns])
        first, last = out[row, 0], out[row, columns - 1]
        for n in range(bridge.size):
            out[row, columns + n] = last + bridge[n] * (first - last)


@kernel(nogil=True)
def turned_round(field: NDArray[np.complex64], bridge: NDArray[np.floating], out: NDArray[np.complex64]) -> None:
    """Turn rows into columns, tile by tile, and go on with a bridge from the last row to the first.

    ``out`` has as many rows as columns are wanted of the field.
    """
    rows, columns = field.shape[0], out.shape[0]
    for y in range(0, rows, TILE):
        for x in range(0, columns, TILE):
            for column in range(x, min(x + TILE, columns)):
                for row in range(y, min(y + TILE, rows)):
                    out[column, row] = field[row, column]
    for column in range(columns):
        first, last = out[column, 0], out[column, rows - 1]
        for n in range(bridge.size):
            out[column, rows + n] = last + bridge[n] * (first - last)


@kernel(nogil=True)
def binned_intensity(field: NDArray[np.complex64], factor: int, out: NDArray[np.float32]) -> None:
    """Mean of |field|² over blocks of ``factor`` × ``factor`` samples of a field (column, row)."""
    rows, columns = out.shape
    share = np.float32(1.0 / (factor * factor))
    tile = max(TILE // factor, 1)
    if factor == 1:
        # Written out, as the sums below cost three times as much as what they add.
        for top in range(0, rows, tile):
            for left in range(0, columns, tile):
                for row in range(top, min(top + tile, rows)):
                    for column in range(left, min(left + tile, columns)):
                        value = field[column, row]
                        out[row, column] = value.real * value.real + value.imag * value.imag
        return
    for top in range(0, rows, tile):
        for left in range(0, columns, tile):
            for row in range(top, min(top + tile, rows)):
                for column in range(left, min(left + tile, columns)):
                    total = np.float32(0.0)
                    for x in range(column * factor, (column + 1) * factor):
                        for y in range(row * factor, (row + 1) * factor):
                            value = field[x, y]
                            total += value.real * value.real + value.imag * value.imag
                    out[row, column] = total * share
