"""Compiled walks along rays, voxel by voxel. Imports numba: import this module only where rays are walked.

What an edit is worth depends on single voxels, so these walks visit each voxel that a ray crosses (Amanatides and Woo
1987) in a plain array: nothing has to be packed anew after an edit.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from ...computing.compiled import kernel


@njit(nogil=True, error_model="numpy", inline="always")
def first_face(direction: float) -> tuple[int, float, float]:
    """Return step, length to the first face and length from face to face, from a voxel's centre along one axis."""
    if direction > 0:
        return 1, 0.5 / direction, 1.0 / direction
    if direction < 0:
        return -1, -0.5 / direction, -1.0 / direction
    return 0, np.inf, np.inf


@njit(nogil=True, error_model="numpy")
def walk(
    labels: NDArray[np.uint8], mu: NDArray[np.float64], k: int, j: int, i: int, dz: float, dy: float, dx: float
) -> tuple[float, float]:
    """Return the sum of mu times length from the centre of voxel (k, j, i) to the edge, and the length in that voxel.

    The direction is in voxels a µm, so that the ray's parameter is the length in µm.
    """
    nz, ny, nx = labels.shape
    step_z, tz, gz = first_face(dz)
    step_y, ty, gy = first_face(dy)
    step_x, tx, gx = first_face(dx)
    first = min(tz, min(ty, tx))
    depth, length = 0.0, 0.0
    while True:
        absorbs = mu[labels[k, j, i]]
        if tx <= ty and tx <= tz:
            depth += absorbs * (tx - length)
            length = tx
            tx += gx
            i += step_x
            if i < 0 or i >= nx:
                return depth, first
        elif ty <= tz:
            depth += absorbs * (ty - length)
            length = ty
            ty += gy
            j += step_y
            if j < 0 or j >= ny:
                return depth, first
        else:
            depth += absorbs * (tz - length)
            length = tz
            tz += gz
            k += step_z
            if k < 0 or k >= nz:
                return depth, first


@kernel(parallel=True, nogil=True, error_model="numpy")
def optical_depths(
    labels: NDArray[np.uint8], mu: NDArray[np.float64], points: NDArray[np.int64], directions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sum of mu times length from each point along each direction, shape (direction, point).

    Parameters
    ----------
    labels : uint8 (z, y, x)
        Material codes, C order.
    mu : float64 (5,)
        Coefficient of each material, 1/µm.
    points : int64 (point, 3)
        Voxel indices.
    directions : float64 (direction, 3)
        Voxels a µm.
    """
    out = np.empty((len(directions), len(points)))
    for d in prange(len(directions)):
        for p in range(len(points)):
            out[d, p], _ = walk(
                labels, mu, points[p, 0], points[p, 1], points[p, 2],
                directions[d, 0], directions[d, 1], directions[d, 2],
            )  # fmt: skip
    return out


@njit(nogil=True, error_model="numpy", inline="always")
def _span(start: float, direction: float, low: float, high: float) -> tuple[float, float]:
    """Return the lengths at which a ray enters and leaves a slab low <= place <= high along one axis."""
    if direction == 0.0:
        return (-np.inf, np.inf) if low < start < high else (np.inf, -np.inf)
    a, b = (low - start) / direction, (high - start) / direction
    return min(a, b), max(a, b)


@njit(nogil=True, error_model="numpy", inline="always")
def _enter(start: float, direction: float, length: float, low: float, n: int) -> tuple[int, int, float, float]:
    """Return voxel in the box, step, length to its far face and from face to face, for a ray that has come so far."""
    voxel = min(max(int(np.floor(start + length * direction - low)), 0), n - 1)
    if direction > 0:
        return voxel, 1, (low + voxel + 1 - start) / direction, 1.0 / direction
    if direction < 0:
        return voxel, -1, (low + voxel - start) / direction, -1.0 / direction
    return voxel, 0, np.inf, np.inf


@njit(nogil=True, error_model="numpy")
def _walk_box(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    mu: NDArray[np.float64],
    low: NDArray[np.int64],
    k: int,
    j: int,
    i: int,
    dz: float,
    dy: float,
    dx: float,
) -> float:
    """Return by how much the sum of mu times length changes of a ray from a voxel's centre, in a box at ``low``."""
    nz, ny, nx = before.shape
    pz, py, px = k + 0.5, j + 0.5, i + 0.5
    in_z, out_z = _span(pz, dz, low[0], low[0] + nz)
    in_y, out_y = _span(py, dy, low[1], low[1] + ny)
    in_x, out_x = _span(px, dx, low[2], low[2] + nx)
    length = max(max(in_z, 0.0), max(in_y, in_x))
    end = min(out_z, min(out_y, out_x))
    if not length < end:
        return 0.0
    c, step_z, tz, gz = _enter(pz, dz, length, low[0], nz)
    b, step_y, ty, gy = _enter(py, dy, length, low[1], ny)
    a, step_x, tx, gx = _enter(px, dx, length, low[2], nx)
    depth: float = 0.0
    while True:
        leave = min(tz, min(ty, tx))
        # Rounding where the ray enters exactly at an edge may put a face behind it.
        depth += (mu[after[c, b, a]] - mu[before[c, b, a]]) * max(min(leave, end) - length, 0.0)
        length = max(length, leave)
        if leave >= end:
            return depth
        if leave == tx:
            tx += gx
            a += step_x
            if a < 0 or a >= nx:
                return depth
        elif leave == ty:
            ty += gy
            b += step_y
            if b < 0 or b >= ny:
                return depth
        else:
            tz += gz
            c += step_z
            if c < 0 or c >= nz:
                return depth


@kernel(parallel=True, nogil=True, error_model="numpy")
def box_depths(
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    mu: NDArray[np.float64],
    low: NDArray[np.int64],
    points: NDArray[np.int64],
    directions: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the change of the sum of mu times length from each point along each direction, shape (direction, point).

    Parameters
    ----------
    before, after : uint8 (z, y, x)
        Material codes in a box, C order; nothing changes outside.
    mu : float64 (5,)
        Coefficient of each material, 1/µm.
    low : int64 (3,)
        Voxel of the volume at which the box begins.
    points : int64 (point, 3)
        Voxel indices in the volume.
    directions : float64 (direction, 3)
        Voxels a µm.
    """
    out = np.empty((len(directions), len(points)))
    for d in prange(len(directions)):
        for p in range(len(points)):
            out[d, p] = _walk_box(
                before, after, mu, low, points[p, 0], points[p, 1], points[p, 2],
                directions[d, 0], directions[d, 1], directions[d, 2],
            )  # fmt: skip
    return out
