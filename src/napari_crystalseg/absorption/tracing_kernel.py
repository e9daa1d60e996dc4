"""Compiled ray tracing. Imports numba: import this module only where rays are traced.

A ray goes from the centre of a voxel to the outside of the volume, and the exact length in each voxel that it crosses
is added to that voxel's material. Voxels inside a block of one material need not be visited one by one: each voxel
carries the half-width of the largest cube around it that holds a single material, and the ray leaps to the face where
it leaves that cube. The lengths are those of a voxel-by-voxel traversal (Amanatides and Woo 1987), in fewer steps.

Waiting for memory is what costs most in a large volume. So the volume is kept in bricks of 8 x 8 x 8 voxels, of which
only those with more than one material are stored; the others are one number in a coarse grid that stays in the cache,
with a half-width counted in bricks.
"""

# mypy: disable-error-code="misc"
from __future__ import annotations

import numpy as np
from numba import njit, prange

# A grid cell is one byte: material in the low three bits, half-width of its uniform cube in the high five.
LARGEST_LEAP = 31
BRICK = 8  # voxels along an edge; the shifts and masks below are for 8


@njit(cache=True, nogil=True)
def _mark_interfaces(labels):
    """Return 0 for voxels with another material among their 26 neighbours, ``LARGEST_LEAP`` for the others."""
    nz, ny, nx = labels.shape
    half_width = np.empty(labels.shape, dtype=np.uint8)
    low, high = np.empty(nx + 2, dtype=np.uint8), np.empty(nx + 2, dtype=np.uint8)
    for k in range(nz):
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
def pack_cells(labels):
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


@njit(cache=True, nogil=True)
def _brick_materials(labels):
    """Return the material of each brick, or 7 where it holds several."""
    nz, ny, nx = labels.shape
    bricks = np.empty(((nz + 7) >> 3, (ny + 7) >> 3, (nx + 7) >> 3), dtype=np.uint8)
    for c in range(bricks.shape[0]):
        for b in range(bricks.shape[1]):
            for a in range(bricks.shape[2]):
                material = labels[c << 3, b << 3, a << 3]
                for k in range(c << 3, min((c + 1) << 3, nz)):
                    for j in range(b << 3, min((b + 1) << 3, ny)):
                        for i in range(a << 3, min((a + 1) << 3, nx)):
                            if labels[k, j, i] != material:
                                material = np.uint8(7)
                bricks[c, b, a] = material
    return bricks


@njit(cache=True, nogil=True)
def _fill_bricks(cells, coarse, bricks):
    """Copy the cells of mixed bricks, and write into ``coarse`` where they are: -1 - (number of the brick)."""
    nz, ny, nx = cells.shape
    slot = 0
    for c in range(coarse.shape[0]):
        for b in range(coarse.shape[1]):
            for a in range(coarse.shape[2]):
                if coarse[c, b, a] & 7 != 7:
                    continue
                for k in range(c << 3, min((c + 1) << 3, nz)):
                    for j in range(b << 3, min((b + 1) << 3, ny)):
                        for i in range(a << 3, min((a + 1) << 3, nx)):
                            bricks[slot, k & 7, j & 7, i & 7] = cells[k, j, i]
                coarse[c, b, a] = -1 - slot
                slot += 1


def pack_grid(labels):
    """Return the coarse grid and the mixed bricks of a label volume.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Material codes, C order.

    Returns
    -------
    coarse : ndarray of int32, shape (ceil(z / 8), ceil(y / 8), ceil(x / 8))
        Material and half-width in bricks, packed as a cell; -1 - n for mixed brick n.
    bricks : ndarray of uint8, shape (mixed, 8, 8, 8)
        Cells of the mixed bricks; 0 beyond the edge of the volume.
    """
    coarse = pack_cells(_brick_materials(labels)).astype(np.int32)
    bricks = np.zeros((np.count_nonzero(coarse & 7 == 7), BRICK, BRICK, BRICK), dtype=np.uint8)
    _fill_bricks(pack_cells(labels), coarse, bricks)
    return coarse, bricks


@njit(nogil=True, error_model="numpy", forceinline=True)
def _trace(coarse, by, bx, bricks, nz, ny, nx, k, j, i, dz, dy, dx, out):
    """Add to ``out`` (one entry a material) the lengths from the centre of voxel (k, j, i) along (dz, dy, dx).

    The direction is in voxels a µm, so that the ray's parameter is the length in µm. ``coarse`` and ``bricks`` are
    flat, with ``by`` x ``bx`` bricks a layer; the volume has nz x ny x nx voxels.
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
        # The uniform cube around the ray's place: voxels low to top along each axis.
        brick = coarse[((k >> 3) * by + (j >> 3)) * bx + (i >> 3)]
        if brick < 0:
            cell = int(bricks[((-1 - brick) << 9) + ((k & 7) << 6) + ((j & 7) << 3) + (i & 7)])
            half = cell >> 3
            low_k, low_j, low_i = k - half, j - half, i - half
            top_k, top_j, top_i = k + half, j + half, i + half
        else:
            cell = int(brick)
            half = cell & ~7  # half-width in bricks times 8
            low_k, low_j, low_i = (k & ~7) - half, (j & ~7) - half, (i & ~7) - half
            top_k, top_j, top_i = (k | 7) + half, (j | 7) + half, (i | 7) + half
        tz = ((top_k + 1 if up_z else low_k) - pz) * gz
        ty = ((top_j + 1 if up_y else low_j) - py) * gy
        tx = ((top_i + 1 if up_x else low_i) - px) * gx
        leave = min(tz, min(ty, tx))
        if leave >= end:
            out[cell & 7] += end - length
            return
        out[cell & 7] += leave - length
        length = leave
        # The crossed axis moves to the far side of the face. The others are located from the ray, and held within the
        # cube and the volume against rounding.
        if leave == tz:
            k = top_k + 1 if up_z else low_k - 1
            j = min(max(int(py + leave * dy), low_j), min(top_j, ny - 1))
            i = min(max(int(px + leave * dx), low_i), min(top_i, nx - 1))
        elif leave == ty:
            j = top_j + 1 if up_y else low_j - 1
            k = min(max(int(pz + leave * dz), low_k), min(top_k, nz - 1))
            i = min(max(int(px + leave * dx), low_i), min(top_i, nx - 1))
        else:
            i = top_i + 1 if up_x else low_i - 1
            k = min(max(int(pz + leave * dz), low_k), min(top_k, nz - 1))
            j = min(max(int(py + leave * dy), low_j), min(top_j, ny - 1))


@njit(parallel=True, cache=True, nogil=True, error_model="numpy")
def trace_pairs(coarse, bricks, shape, points, directions):
    """Return the lengths of each ray, shape (ray, 8): entry m is the length in material m, µm.

    ``points`` are voxel indices and ``directions`` are in voxels a µm, one of each a ray.
    """
    nz, ny, nx = shape
    by, bx = coarse.shape[1], coarse.shape[2]
    where, cells = coarse.reshape(-1), bricks.reshape(-1)
    out = np.zeros((len(points), 8))
    for ray in prange(len(points)):
        _trace(
            where, by, bx, cells, nz, ny, nx,
            points[ray, 0], points[ray, 1], points[ray, 2],
            directions[ray, 0], directions[ray, 1], directions[ray, 2],
            out[ray],
        )  # fmt: skip
    return out


@njit(parallel=True, cache=True, nogil=True, error_model="numpy")
def trace_incident(coarse, bricks, shape, points, directions):
    """Return the lengths from every point along every direction, shape (direction, point, 4): materials 1 to 4, µm."""
    nz, ny, nx = shape
    by, bx = coarse.shape[1], coarse.shape[2]
    where, cells = coarse.reshape(-1), bricks.reshape(-1)
    n = len(points)
    out = np.empty((len(directions), n, 4))
    blocks = (n + 255) // 256
    for task in prange(len(directions) * blocks):
        d, block = task // blocks, task % blocks
        lengths = np.zeros(8)
        for p in range(block * 256, min(block * 256 + 256, n)):
            lengths[:] = 0.0
            _trace(
                where, by, bx, cells, nz, ny, nx,
                points[p, 0], points[p, 1], points[p, 2],
                directions[d, 0], directions[d, 1], directions[d, 2],
                lengths,
            )  # fmt: skip
            for m in range(4):
                out[d, p, m] = lengths[m + 1]
    return out


@njit(parallel=True, cache=True, nogil=True, error_model="numpy")
def accumulate(
    coarse, bricks, shape, points, directions, incident, beam, mu, weights, pair_weights, totals, variances, lengths
):
    """Trace the scattered rays and add up what the mean over the crystal needs, one row a reflection.

    Parameters
    ----------
    coarse, bricks : int32, uint8
        From :func:`pack_grid`.
    shape : (int, int, int)
        Voxels along (z, y, x).
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
    nz, ny, nx = shape
    by, bx = coarse.shape[1], coarse.shape[2]
    where, cells = coarse.reshape(-1), bricks.reshape(-1)
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
            _trace(
                where, by, bx, cells, nz, ny, nx,
                points[p, 0], points[p, 1], points[p, 2],
                dz, dy, dx,
                path,
            )  # fmt: skip
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
