"""Descent of the phase field of a wetting liquid, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(parallel=True)
def wall_terms(fluid: NDArray[np.float32], steepness: NDArray[np.float32], total: NDArray[np.float32]) -> None:
    """Work out |∇ψ| and the weight of a voxel's links to its neighbours, inside a border of one voxel.

    The links are those of the 19-point Laplacian, whose error is the same in all directions: 1/3 to neighbours across
    a face and 1/6 to those across an edge, each times the mean ψ of both ends. The gradient of ψ is the one that
    these links see, so that a linear phase field is in balance at a wall exactly.
    """
    nz, ny, nx = fluid.shape
    for i in prange(1, nz - 1):
        for j in range(1, ny - 1):
            for k in range(1, nx - 1):
                sz = sy = sx = weight = 0.0
                for a in range(-1, 2):
                    for b in range(-1, 2):
                        for d in range(-1, 2):
                            apart = abs(a) + abs(b) + abs(d)
                            if apart == 1 or apart == 2:
                                p = fluid[i + a, j + b, k + d] / (3.0 * apart)
                                sz += a * p
                                sy += b * p
                                sx += d * p
                                weight += p
                steepness[i, j, k] = 0.5 * math.sqrt(sz * sz + sy * sy + sx * sx)
                total[i, j, k] = 0.5 * (weight + 4.0 * fluid[i, j, k])


@kernel(parallel=True)
def gradient(
    liquid: NDArray[np.float32],
    fluid: NDArray[np.float32],
    wetting: NDArray[np.float32],
    scale: NDArray[np.float32],
    width: float,
    velocity: NDArray[np.float32],
    slope: NDArray[np.float32],
    sums: NDArray[np.float64],
) -> None:
    """Work out the scaled slope of the energy, and sums over each slab, inside a border of one voxel.

    All lengths in voxels; ``scale`` is one over the diagonal of the energy's second derivative, or 0 where nothing
    moves. ``sums[i]`` gets, for slab i: volume; slope along the volume's gradient; the volume's gradient squared;
    velocity along the volume's gradient; slope squared; slope along the velocity (scaled where both are gradients).
    """
    nz, ny, nx = liquid.shape
    for i in prange(1, nz - 1):
        volume = along = across = moved = steep = power = 0.0
        for j in range(1, ny - 1):
            for k in range(1, nx - 1):
                s = scale[i, j, k]
                if s == 0.0:
                    slope[i, j, k] = 0.0
                    continue
                c = liquid[i, j, k]
                p = fluid[i, j, k]
                faces = (
                    (p + fluid[i - 1, j, k]) * (liquid[i - 1, j, k] - c)
                    + (p + fluid[i + 1, j, k]) * (liquid[i + 1, j, k] - c)
                    + (p + fluid[i, j - 1, k]) * (liquid[i, j - 1, k] - c)
                    + (p + fluid[i, j + 1, k]) * (liquid[i, j + 1, k] - c)
                    + (p + fluid[i, j, k - 1]) * (liquid[i, j, k - 1] - c)
                    + (p + fluid[i, j, k + 1]) * (liquid[i, j, k + 1] - c)
                )
                edges = (
                    (p + fluid[i - 1, j - 1, k]) * (liquid[i - 1, j - 1, k] - c)
                    + (p + fluid[i - 1, j + 1, k]) * (liquid[i - 1, j + 1, k] - c)
                    + (p + fluid[i + 1, j - 1, k]) * (liquid[i + 1, j - 1, k] - c)
                    + (p + fluid[i + 1, j + 1, k]) * (liquid[i + 1, j + 1, k] - c)
                    + (p + fluid[i - 1, j, k - 1]) * (liquid[i - 1, j, k - 1] - c)
                    + (p + fluid[i - 1, j, k + 1]) * (liquid[i - 1, j, k + 1] - c)
                    + (p + fluid[i + 1, j, k - 1]) * (liquid[i + 1, j, k - 1] - c)
                    + (p + fluid[i + 1, j, k + 1]) * (liquid[i + 1, j, k + 1] - c)
                    + (p + fluid[i, j - 1, k - 1]) * (liquid[i, j - 1, k - 1] - c)
                    + (p + fluid[i, j - 1, k + 1]) * (liquid[i, j - 1, k + 1] - c)
                    + (p + fluid[i, j + 1, k - 1]) * (liquid[i, j + 1, k - 1] - c)
                    + (p + fluid[i, j + 1, k + 1]) * (liquid[i, j + 1, k + 1] - c)
                )
                flow = faces / 6.0 + edges / 12.0
                hill = c * (1.0 - c)
                g = -width * flow + p * hill * (1.0 - 2.0 * c) / width - wetting[i, j, k] * hill
                q = 6.0 * p * hill
                slope[i, j, k] = g * s
                v = velocity[i, j, k]
                volume += p * c * c * (3.0 - 2.0 * c)
                along += g * q * s
                across += q * q * s
                moved += q * v
                steep += g * g * s
                power += g * v
        sums[i, 0] = volume
        sums[i, 1] = along
        sums[i, 2] = across
        sums[i, 3] = moved
        sums[i, 4] = steep
        sums[i, 5] = power


@kernel(parallel=True)
def advance(
    liquid: NDArray[np.float32],
    fluid: NDArray[np.float32],
    scale: NDArray[np.float32],
    momentum: float,
    pressure: float,
    slope: NDArray[np.float32],
    velocity: NDArray[np.float32],
) -> None:
    """Step the phase field down its slope, with momentum, under a pressure that keeps the volume."""
    nz, ny, nx = liquid.shape
    for i in prange(1, nz - 1):
        for j in range(1, ny - 1):
            for k in range(1, nx - 1):
                s = scale[i, j, k]
                if s == 0.0:
                    continue
                c = liquid[i, j, k]
                push = pressure * 6.0 * fluid[i, j, k] * c * (1.0 - c) * s
                v = momentum * velocity[i, j, k] - slope[i, j, k] + push
                velocity[i, j, k] = v
                liquid[i, j, k] = min(1.0, max(0.0, c + v))


@kernel(parallel=True)
def extend(
    level: NDArray[np.float32],
    known: NDArray[np.bool_],
    solid: NDArray[np.float32],
    cosine: NDArray[np.float32],
    out: NDArray[np.float32],
    reached: NDArray[np.bool_],
) -> None:
    """Continue a level-set function one voxel into the solid so that it meets the wall at the contact angle.

    ``level`` is positive in the liquid, ``solid`` the signed distance to the solid, ``cosine`` that of the contact
    angle; a voxel takes the mean of what its known neighbours nearer to the surface say.
    """
    nz, ny, nx = level.shape
    for i in prange(nz):
        for j in range(ny):
            for k in range(nx):
                out[i, j, k] = level[i, j, k]
                reached[i, j, k] = known[i, j, k]
                if known[i, j, k]:
                    continue
                total = 0.0
                weight = 0.0
                for a in range(max(i - 1, 0), min(i + 2, nz)):
                    for b in range(max(j - 1, 0), min(j + 2, ny)):
                        for d in range(max(k - 1, 0), min(k + 2, nx)):
                            rise = solid[a, b, d] - solid[i, j, k]
                            if known[a, b, d] and rise > 0.0:
                                total += rise * (level[a, b, d] + cosine[i, j, k] * rise)
                                weight += rise
                if weight > 0.0:
                    out[i, j, k] = total / weight
                    reached[i, j, k] = True


@kernel()
def _share(level: NDArray[np.float32], solid: NDArray[np.float32], shift: float, i: int, j: int, k: int) -> float:
    """Part of a voxel below a surface and outside a wall, from their slopes and bends, at 4 x 4 x 4 points."""
    nz, ny, nx = level.shape
    slopes, bends = np.empty((2, 3)), np.empty((2, 3))
    for a in range(2):
        f = level if a == 0 else solid
        for axis in range(3):
            if axis == 0:
                ahead, behind = f[min(i + 1, nz - 1), j, k], f[max(i - 1, 0), j, k]
            elif axis == 1:
                ahead, behind = f[i, min(j + 1, ny - 1), k], f[i, max(j - 1, 0), k]
            else:
                ahead, behind = f[i, j, min(k + 1, nx - 1)], f[i, j, max(k - 1, 0)]
            slopes[a, axis] = 0.5 * (ahead - behind)
            bends[a, axis] = 0.5 * (ahead + behind) - f[i, j, k]
    total = 0.0
    for p in range(4):
        z = (p - 1.5) / 4.0
        for q in range(4):
            y = (q - 1.5) / 4.0
            for r in range(4):
                x = (r - 1.5) / 4.0
                above = level[i, j, k] - shift
                above += (slopes[0, 0] + bends[0, 0] * z) * z
                above += (slopes[0, 1] + bends[0, 1] * y) * y
                above += (slopes[0, 2] + bends[0, 2] * x) * x
                clear = solid[i, j, k]
                clear += (slopes[1, 0] + bends[1, 0] * z) * z
                clear += (slopes[1, 1] + bends[1, 1] * y) * y
                clear += (slopes[1, 2] + bends[1, 2] * x) * x
                total += min(1.0, max(0.0, 0.5 - 4.0 * above)) * min(1.0, max(0.0, 0.5 + 4.0 * clear))
    return total / 64.0


@kernel(parallel=True)
def volume_below(
    level: NDArray[np.float32], solid: NDArray[np.float32], shift: float, rows: NDArray[np.float64]
) -> None:
    """Volume, in voxels, where ``level < shift`` outside the solid, to a fraction of a voxel; one sum a slab."""
    nz, ny, nx = level.shape
    for i in prange(nz):
        total = 0.0
        for j in range(ny):
            for k in range(nx):
                depth = max(level[i, j, k] - shift, -solid[i, j, k])
                if depth < -1.0:
                    total += 1.0
                elif depth < 1.0:
                    total += _share(level, solid, shift, i, j, k)
        rows[i] = total


@kernel(parallel=True)
def prolong(coarse: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Interpolate linearly onto a grid twice as fine, node 2n of which is node n of the coarse one."""
    nz, ny, nx = out.shape
    cz, cy, cx = coarse.shape
    for i in prange(nz):
        a = i // 2
        a1 = min(a + i % 2, cz - 1)
        for j in range(ny):
            b = j // 2
            b1 = min(b + j % 2, cy - 1)
            for k in range(nx):
                d = k // 2
                d1 = min(d + k % 2, cx - 1)
                out[i, j, k] = 0.125 * (
                    coarse[a, b, d]
                    + coarse[a1, b, d]
                    + coarse[a, b1, d]
                    + coarse[a, b, d1]
                    + coarse[a1, b1, d]
                    + coarse[a1, b, d1]
                    + coarse[a, b1, d1]
                    + coarse[a1, b1, d1]
                )


@kernel()
def logistic(x: float) -> float:
    """1 / (1 + exp(-x)) without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


@kernel(parallel=True)
def to_phase(level: NDArray[np.float32], width: float, out: NDArray[np.float32]) -> None:
    """Phase field of a level-set function (voxels, positive in the liquid)."""
    nz, ny, nx = level.shape
    for i in prange(nz):
        for j in range(ny):
            for k in range(nx):
                out[i, j, k] = logistic(level[i, j, k] / width)


@kernel(parallel=True)
def to_level(liquid: NDArray[np.float32], width: float, bound: float, out: NDArray[np.float32]) -> None:
    """Level-set function (voxels, positive in the liquid, within ``bound``) of a phase field."""
    nz, ny, nx = liquid.shape
    for i in prange(nz):
        for j in range(ny):
            for k in range(nx):
                c = min(1.0 - 1e-7, max(1e-7, np.float64(liquid[i, j, k])))
                out[i, j, k] = min(bound, max(-bound, width * math.log(c / (1.0 - c))))


def to_finest(values: NDArray[np.float32], shape: tuple[int, int, int], stride: int) -> NDArray[np.float32]:
    """Interpolate values at every ``stride``-th node, a power of two, to all nodes of a grid of a shape (z, y, x)."""
    while stride > 1:
        stride //= 2
        finer = np.empty([-(-length // stride) for length in shape], dtype=np.float32)
        prolong(values, finer)
        values = finer
    return values
