"""Compiled ray tracing. Imports numba: import this module only where rays are traced.

A ray goes from the centre of a voxel to the outside of the volume, and the exact length in each voxel that it crosses
is added to that voxel's material. Voxels inside a block of one material need not be visited one by one: each voxel
carries the half-width of the largest cube around it that holds a single material, and the ray leaps to the face where
it leaves that cube. The lengths are those of a voxel-by-voxel traversal (Amanatides and Woo 1987), in fewer steps.
"""

# mypy: disable-error-code="misc"
from __future__ import annotations

import numpy as np
from numba import njit, prange

# A grid cell is one byte: material in the low three bits, half-width of its uniform cube in the high five.
LARGEST_LEAP = 31


@njit(parallel=True, cache=True, nogil=True)
def _mark_interfaces(labels):
    """Return 0 for voxels with another material among their 26 neighbours, ``LARGEST_LEAP`` for the others."""
    nz, ny, nx = labels.shape
    half_width = np.empty(labels.shape, dtype=np.uint8)
    for k in prange(nz):
        low, high = np.empty(nx + 2, dtype=np.uint8), np.empty(nx + 2, dtype=np.uint8)
        for j in range(ny):
            low[1:-1] = labels[k, j]
            high[1:-1] = labels[k, j]
            for c in range(max(k - 1, 0), min(k + 2, nz)):
                for b in range(max(j - 1, 0), min(j + 2, ny)):
                    row = labels[c, b]
                    for i in range(nx):
                        low[i + 1] = min(low[i + 1], row[i])
                        high[i + 1] = max(high[i + 1], row[i])
            low[0], low[-1], high[0], high[-1] = low[1], low[-2], high[1], high[-2]
            for i in range(nx):
                least = min(low[i], min(low[i + 1], low[i + 2]))
                most = max(high[i], max(high[i + 1], high[i + 2]))
                half_width[k, j, i] = np.uint8(0) if least != most else np.uint8(LARGEST_LEAP)
    return half_width


@njit(cache=True, nogil=True)
def _sweep_rows(half_width, k, j, before, behind, least):
    """One chamfer step of row (k, j) from the plane ``before`` and the row ``behind`` it that are done already."""
    nz, ny, nx = half_width.shape
    row = half_width[k, j]
    least[:] = np.uint8(LARGEST_LEAP)
    if 0 <= before < nz:
        for b in range(max(j - 1, 0), min(j + 2, ny)):
            other = half_width[before, b]
            for i in range(nx):
                least[i + 1] = min(least[i + 1], other[i])
    if 0 <= behind < ny:
        other = half_width[k, behind]
        for i in range(nx):
            least[i + 1] = min(least[i + 1], other[i])
    for i in range(nx):
        near = min(least[i], min(least[i + 1], least[i + 2]))
        row[i] = min(row[i], np.uint8(near + np.uint8(1)))


@njit(cache=True, nogil=True)
def pack_grid(labels):
    """Return labels and uniform half-widths in one byte a voxel; beyond the edge nothing limits a cube.

    The half-width is the chessboard distance to the nearest voxel at an interface, by the two-pass chamfer algorithm,
    which is exact for that distance (Rosenfeld and Pfaltz 1968).
    """
    nz, ny, nx = labels.shape
    half_width = _mark_interfaces(labels)
    least = np.empty(nx + 2, dtype=np.uint8)
    for k in range(nz):
        for j in range(ny):
            _sweep_rows(half_width, k, j, k - 1, j - 1, least)
            row = half_width[k, j]
            for i in range(1, nx):
                row[i] = min(row[i], np.uint8(row[i - 1] + np.uint8(1)))
    for k in range(nz - 1, -1, -1):
        for j in range(ny - 1, -1, -1):
            _sweep_rows(half_width, k, j, k + 1, j + 1, least)
            row = half_width[k, j]
            for i in range(nx - 2, -1, -1):
                row[i] = min(row[i], np.uint8(row[i + 1] + np.uint8(1)))
    for k in range(nz):
        for j in range(ny):
            row, material = half_width[k, j], labels[k, j]
            for i in range(nx):
                row[i] = np.uint8((row[i] << 3) | material[i])
    return half_width


@njit(nogil=True, error_model="numpy", inline="always")
def _trace(cells, nz, ny, nx, k, j, i, dz, dy, dx, out):
    """Add to ``out`` (one entry a material) the lengths from the centre of voxel (k, j, i) along (dz, dy, dx).

    The direction is in voxels a µm, so that the ray's parameter is the length in µm.
    """
    pz, py, px = k + 0.5, j + 0.5, i + 0.5
    # 1/0 = inf: that face is never reached.
    gz, gy, gx = 1.0 / dz, 1.0 / dy, 1.0 / dx
    up_z, up_y, up_x = gz > 0, gy > 0, gx > 0
    end_z = ((nz if up_z else 0) - pz) * gz
    end_y = ((ny if up_y else 0) - py) * gy
    end_x = ((nx if up_x else 0) - px) * gx
    end = min(end_z, min(end_y, end_x))
    length = 0.0
    while True:
        cell = cells[(k * ny + j) * nx + i]
        half = int(cell >> 3)
        face_z = k + half + 1 if up_z else k - half
        face_y = j + half + 1 if up_y else j - half
        face_x = i + half + 1 if up_x else i - half
        tz = (face_z - pz) * gz
        ty = (face_y - py) * gy
        tx = (face_x - px) * gx
        leave = min(tz, min(ty, tx))
        if leave >= end:
            out[cell & 7] += end - length
            return
        out[cell & 7] += leave - length
        length = leave
        # The crossed axis moves to the far side of the face. The others are located from the ray, and held within the
        # cube and the volume against rounding.
        top_k, top_j, top_i = min(k + half, nz - 1), min(j + half, ny - 1), min(i + half, nx - 1)
        low_k, low_j, low_i = k - half, j - half, i - half
        if leave == tz:
            k = face_z if up_z else face_z - 1
            if half:
                j = min(max(int(py + leave * dy), low_j), top_j)
                i = min(max(int(px + leave * dx), low_i), top_i)
        elif leave == ty:
            j = face_y if up_y else face_y - 1
            if half:
                k = min(max(int(pz + leave * dz), low_k), top_k)
                i = min(max(int(px + leave * dx), low_i), top_i)
        else:
            i = face_x if up_x else face_x - 1
            if half:
                k = min(max(int(pz + leave * dz), low_k), top_k)
                j = min(max(int(py + leave * dy), low_j), top_j)


@njit(parallel=True, cache=True, nogil=True, error_model="numpy")
def trace_pairs(grid, points, directions):
    """Return the lengths of each ray, shape (ray, 8): entry m is the length in material m, µm.

    ``points`` are voxel indices and ``directions`` are in voxels a µm, one of each a ray.
    """
    nz, ny, nx = grid.shape
    cells = grid.reshape(-1)
    out = np.zeros((len(points), 8))
    for ray in prange(len(points)):
        _trace(
            cells, nz, ny, nx,
            points[ray, 0], points[ray, 1], points[ray, 2],
            directions[ray, 0], directions[ray, 1], directions[ray, 2],
            out[ray],
        )  # fmt: skip
    return out


@njit(parallel=True, cache=True, nogil=True, error_model="numpy")
def trace_incident(grid, points, directions):
    """Return the lengths from every point along every direction, shape (direction, point, 4): materials 1 to 4, µm."""
    nz, ny, nx = grid.shape
    cells = grid.reshape(-1)
    n = len(points)
    out = np.empty((len(directions), n, 4))
    blocks = (n + 255) // 256
    for task in prange(len(directions) * blocks):
        d, block = task // blocks, task % blocks
        lengths = np.zeros(8)
        for p in range(block * 256, min(block * 256 + 256, n)):
            lengths[:] = 0.0
            _trace(
                cells, nz, ny, nx,
                points[p, 0], points[p, 1], points[p, 2],
                directions[d, 0], directions[d, 1], directions[d, 2],
                lengths,
            )  # fmt: skip
            for m in range(4):
                out[d, p, m] = lengths[m + 1]
    return out


@njit(parallel=True, cache=True, nogil=True, error_model="numpy")
def accumulate(grid, points, directions, incident, beam, mu, weights, pair_weights, totals, variances, lengths):
    """Trace the scattered rays and add up what the mean over the crystal needs, one row a reflection.

    Parameters
    ----------
    grid : uint8 (z, y, x)
        From :func:`pack_grid`.
    points : int (point, 3)
        Crystal voxels.
    directions : float64 (reflection, 3)
        Scattered directions, voxels a µm.
    incident : float64 (beam, point, 4)
        From :func:`trace_incident`.
    beam : int (reflection,)
        Which incident beam belongs to the reflection.
    mu : float64 (5,)
        Coefficient of each material, 1/µm.
    weights : float64 (point,)
        Crystal voxels that the point stands for.
    pair_weights : float64 (point // 2,)
        Factor of the squared difference of points 2s and 2s + 1 in the variance of the total; empty for no variance.
    totals, variances : float64 (reflection,)
        Added to: sum of w exp(-mu L), and its variance.
    lengths : float64 (reflection, 4)
        Added to: sum of w L for materials 1 to 4.
    """
    nz, ny, nx = grid.shape
    cells = grid.reshape(-1)
    n = len(points)
    pairs = len(pair_weights) > 0
    for h in prange(len(directions)):
        path = np.zeros(8)
        b = beam[h]
        dz, dy, dx = directions[h, 0], directions[h, 1], directions[h, 2]
        total, variance, l1, l2, l3, l4, before = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for p in range(n):
            path[0] = 0.0
            for m in range(4):
                path[m + 1] = incident[b, p, m]
            _trace(cells, nz, ny, nx, points[p, 0], points[p, 1], points[p, 2], dz, dy, dx, path)
            factor = np.exp(-(mu[1] * path[1] + mu[2] * path[2] + mu[3] * path[3] + mu[4] * path[4]))
            w = weights[p]
            total += w * factor
            l1 += w * path[1]
            l2 += w * path[2]
            l3 += w * path[3]
            l4 += w * path[4]
            if pairs:
                if p % 2:
                    variance += pair_weights[p // 2] * (factor - before) ** 2
                before = factor
        totals[h] += total
        variances[h] += variance
        lengths[h, 0] += l1
        lengths[h, 1] += l2
        lengths[h, 2] += l3
        lengths[h, 3] += l4
