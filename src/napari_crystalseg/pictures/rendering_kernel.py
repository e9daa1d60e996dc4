"""Ray casting of a labelled sample, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ..computing.compiled import kernel

ENVELOPE, LOOP, CRYSTAL = 0, 1, 2


@kernel(fastmath=True, inline="always")
def _sample(fields: NDArray[np.float32], z: float, y: float, x: float, out: NDArray[np.float64]) -> None:
    """Interpolate the three fields linearly at a voxel position; zero outside."""
    nz, ny, nx = fields.shape[0], fields.shape[1], fields.shape[2]
    out[0] = out[1] = out[2] = 0.0
    i, j, k = math.floor(z), math.floor(y), math.floor(x)
    if i < 0 or j < 0 or k < 0 or i >= nz - 1 or j >= ny - 1 or k >= nx - 1:
        return
    fz, fy, fx = z - i, y - j, x - k
    for a in range(2):
        wa = fz if a else 1.0 - fz
        for b in range(2):
            wb = wa * (fy if b else 1.0 - fy)
            for c in range(2):
                w = wb * (fx if c else 1.0 - fx)
                for channel in range(3):
                    out[channel] += w * fields[i + a, j + b, k + c, channel]


@kernel(fastmath=True)
def _normal(
    fields: NDArray[np.float32],
    channel: int,
    z: float,
    y: float,
    x: float,
    scale: NDArray[np.float64],
    normal: NDArray[np.float64],
) -> None:
    """Write the outward unit normal (minus the gradient) of one field, in µm space."""
    low = np.empty(3)
    high = np.empty(3)
    h = 1.6  # wide enough that the steps of voxels do not show as ripples
    _sample(fields, z - h, y, x, low)
    _sample(fields, z + h, y, x, high)
    gz = (low[channel] - high[channel]) / scale[0]
    _sample(fields, z, y - h, x, low)
    _sample(fields, z, y + h, x, high)
    gy = (low[channel] - high[channel]) / scale[1]
    _sample(fields, z, y, x - h, low)
    _sample(fields, z, y, x + h, high)
    gx = (low[channel] - high[channel]) / scale[2]
    length = math.sqrt(gz * gz + gy * gy + gx * gx) + 1e-12
    normal[0], normal[1], normal[2] = gz / length, gy / length, gx / length


@kernel(fastmath=True)
def _shadow(fields: NDArray[np.float32], z: float, y: float, x: float, step: NDArray[np.float64], count: int) -> float:
    """Fraction of light that reaches a point: 1 in the open, less behind crystal or loop."""
    values = np.empty(3)
    covered = 0.0
    for n in range(count):
        _sample(fields, z + n * step[0], y + n * step[1], x + n * step[2], values)
        covered = max(covered, values[LOOP] + values[CRYSTAL])
        if covered > 0.9:
            break
    return 1.0 - min(1.0, covered)


@kernel(parallel=True, fastmath=True)
def cast(
    fields: NDArray[np.float32],
    scale: NDArray[np.float64],
    right: NDArray[np.float64],
    up: NDArray[np.float64],
    forward: NDArray[np.float64],
    light: NDArray[np.float64],
    half_width: float,
    size: int,
    level: NDArray[np.float64],
    surface: NDArray[np.float32],
    normals: NDArray[np.float32],
    kind: NDArray[np.uint8],
    depth: NDArray[np.float32],
    glass: NDArray[np.float32],
) -> None:
    """Cast one parallel ray through each pixel.

    Writes, for each pixel: ``kind`` 0 nothing, else the opaque class hit; ``depth`` of the hit along the ray, µm;
    ``surface`` (occlusion, shadow) there; ``normals`` of the opaque surface [0] and of the liquor's front [1];
    ``glass`` (path through the envelope before the hit, µm; 1 where the front is liquor).
    """
    nz, ny, nx = fields.shape[0], fields.shape[1], fields.shape[2]
    pitch = min(scale[0], min(scale[1], scale[2]))
    centre = np.array([(nz - 1) / 2.0, (ny - 1) / 2.0, (nx - 1) / 2.0])
    half_diagonal = 0.5 * math.sqrt((nz * scale[0]) ** 2 + (ny * scale[1]) ** 2 + (nx * scale[2]) ** 2)
    steps = int(2 * half_diagonal / pitch) + 1
    for row in prange(size):
        values = np.empty(3)
        normal = np.empty(3)
        point = np.empty(3)
        step = np.empty(3)
        toward = np.empty(3)
        for axis in range(3):
            step[axis] = forward[axis] * pitch / scale[axis]
            toward[axis] = light[axis] * pitch / scale[axis]
        for column in range(size):
            v = half_width * (1.0 - 2.0 * (row + 0.5) / size)
            u = half_width * (2.0 * (column + 0.5) / size - 1.0)
            # Where the ray enters and leaves the box.
            first, last = 0.0, float(steps)
            for axis in range(3):
                point[axis] = (
                    centre[axis] + (u * right[axis] + v * up[axis] - half_diagonal * forward[axis]) / scale[axis]
                )
                edge = fields.shape[axis] - 1.0
                if abs(step[axis]) > 1e-9:
                    t0 = (0.0 - point[axis]) / step[axis]
                    t1 = (edge - point[axis]) / step[axis]
                    first = max(first, min(t0, t1))
                    last = min(last, max(t0, t1))
                elif point[axis] < 0.0 or point[axis] > edge:
                    last = -1.0
            before = np.zeros(3)
            entered = False
            path = 0.0
            t = first
            while t <= last:
                _sample(fields, point[0] + t * step[0], point[1] + t * step[1], point[2] + t * step[2], values)
                if not entered and values[ENVELOPE] >= level[ENVELOPE]:
                    entered = True
                    back = (values[ENVELOPE] - level[ENVELOPE]) / (values[ENVELOPE] - before[ENVELOPE] + 1e-9)
                    s = t - min(1.0, max(0.0, back))
                    z, y, x = point[0] + s * step[0], point[1] + s * step[1], point[2] + s * step[2]
                    _normal(fields, ENVELOPE, z, y, x, scale, normal)
                    for axis in range(3):
                        normals[1, row, column, axis] = normal[axis]
                    glass[row, column, 1] = 1.0
                hit = 0
                if values[CRYSTAL] >= level[CRYSTAL]:
                    hit = CRYSTAL
                elif values[LOOP] >= level[LOOP]:
                    hit = LOOP
                if hit:
                    back = (values[hit] - level[hit]) / (values[hit] - before[hit] + 1e-9)
                    s = t - min(1.0, max(0.0, back))
                    z, y, x = point[0] + s * step[0], point[1] + s * step[1], point[2] + s * step[2]
                    _normal(fields, hit, z, y, x, scale, normal)
                    for axis in range(3):
                        normals[0, row, column, axis] = normal[axis]
                    kind[row, column] = hit
                    depth[row, column] = s * pitch
                    # What stands just outside the surface darkens it: crevices and contacts.
                    closed = 0.0
                    weight = 0.5
                    for n in range(1, 5):
                        d = 1.8 * n * pitch
                        _sample(
                            fields,
                            z + d * normal[0] / scale[0],
                            y + d * normal[1] / scale[1],
                            x + d * normal[2] / scale[2],
                            values,
                        )
                        closed += weight * (values[LOOP] + values[CRYSTAL])
                        weight *= 0.6
                    surface[row, column, 0] = 1.0 - min(1.0, closed)
                    # The ray towards the light starts well off the surface, which would shade itself in stripes.
                    d = 2.5 * pitch
                    surface[row, column, 1] = _shadow(
                        fields,
                        z + d * normal[0] / scale[0],
                        y + d * normal[1] / scale[1],
                        x + d * normal[2] / scale[2],
                        toward,
                        40,
                    )
                    break
                if entered:
                    path += values[ENVELOPE] * pitch
                for channel in range(3):
                    before[channel] = values[channel]
                t += 1.0
            glass[row, column, 0] = path
