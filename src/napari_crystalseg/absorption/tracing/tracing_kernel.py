"""Compiled ray tracing. Imports numba: import this module only where rays are traced.

A ray goes from the centre of a voxel to the outside of the volume, and the exact length in each voxel that it crosses
is added to that voxel's material. Voxels inside a block of one material need not be visited one by one: each voxel
carries the size of the largest cube of a single material that begins at it and reaches forward, and the ray leaps to
the face where it leaves that cube. The lengths are those of a voxel-by-voxel traversal (Amanatides and Woo 1987), in
fewer steps. What is forward depends on the signs of the direction, so there is one such table for each octant of
directions; the volume is mirrored so that a ray always runs towards higher indices.

Waiting for memory is what costs most in a large volume. So the volume is kept in bricks of 8 x 8 x 8 voxels, of which
only those with more than one material are stored; the others are one number in a coarse grid that stays in the cache,
with a cube counted in bricks.

Rays of one direction from neighbouring points take similar ways, so 32 go together, step by step, in loops that
the compiler turns into vector instructions.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from ...computing.compiled import kernel

# A grid cell is one byte: material in the low three bits, voxels that its cube reaches forward in the high five.
LARGEST_LEAP = 31
BRICK = 8  # voxels along an edge; the shifts and masks below are for 8
LANES = 32  # rays that go together; the arrays of a packet are laid out for 32


@kernel(nogil=True)
def brick_materials(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the material of each brick, or 7 where it holds several; the shape must be a multiple of ``BRICK``."""
    nz, ny, nx = labels.shape
    bricks = np.empty((nz >> 3, ny >> 3, nx >> 3), dtype=np.uint8)
    for c in range(bricks.shape[0]):
        for b in range(bricks.shape[1]):
            for a in range(bricks.shape[2]):
                material = labels[c << 3, b << 3, a << 3]
                for k in range(c << 3, (c + 1) << 3):
                    for j in range(b << 3, (b + 1) << 3):
                        for i in range(a << 3, (a + 1) << 3):
                            if labels[k, j, i] != material:
                                material = np.uint8(7)
                bricks[c, b, a] = material
    return bricks


@njit(nogil=True, inline="always")
def _largest_leap(cell: int, material: int) -> int:
    """The largest edge of a cube that has this neighbour in it."""
    return (cell >> 3) + 1 if (cell & 7) == material else 0


@kernel(nogil=True)
def _pack_coarse(materials: NDArray[np.uint8]) -> tuple[NDArray[np.int32], int]:
    """Return the coarse grid, with a layer of air at the far ends; mixed bricks are -1 - (number of the brick)."""
    nc, nb, na = materials.shape
    coarse = np.zeros((nc + 1, nb + 1, na + 1), dtype=np.int32)
    coarse[:] = LARGEST_LEAP << 3
    mixed = 0
    for c in range(nc - 1, -1, -1):
        for b in range(nb - 1, -1, -1):
            for a in range(na - 1, -1, -1):
                material = materials[c, b, a]
                if material == 7:
                    mixed += 1
                    coarse[c, b, a] = -mixed
                    continue
                leap = LARGEST_LEAP
                for neighbour in range(1, 8):
                    other = coarse[c + (neighbour >> 2), b + (neighbour >> 1 & 1), a + (neighbour & 1)]
                    leap = min(leap, _largest_leap(other, material) if other >= 0 else 0)
                coarse[c, b, a] = leap << 3 | material
    return coarse, mixed


@kernel(nogil=True)
def _fill_bricks(labels: NDArray[np.uint8], coarse: NDArray[np.int32], bricks: NDArray[np.uint8]) -> None:
    """Fill the cells of the mixed bricks, far ones first, as each needs those beyond it."""
    around = np.empty((9, 9, 9), dtype=np.int32)
    for c in range(coarse.shape[0] - 2, -1, -1):
        for b in range(coarse.shape[1] - 2, -1, -1):
            for a in range(coarse.shape[2] - 2, -1, -1):
                slot = -1 - coarse[c, b, a]
                if slot < 0:
                    continue
                for k in range(9):
                    for j in range(9):
                        # Of the brick itself nothing is known yet; its far faces are cells of the bricks beyond.
                        for i in range(0 if k == 8 or j == 8 else 8, 9):
                            brick = coarse[c + (k >> 3), b + (j >> 3), a + (i >> 3)]
                            if brick < 0:
                                around[k, j, i] = bricks[-1 - brick, k & 7, j & 7, i & 7]
                            else:
                                inside = ((brick >> 3) + 1 << 3) - 1 - max(k & 7, max(j & 7, i & 7))
                                around[k, j, i] = min(inside, LARGEST_LEAP) << 3 | (brick & 7)
                for k in range(7, -1, -1):
                    for j in range(7, -1, -1):
                        for i in range(7, -1, -1):
                            material = labels[(c << 3) + k, (b << 3) + j, (a << 3) + i]
                            near = min(
                                _largest_leap(around[k + 1, j, i], material),
                                _largest_leap(around[k, j + 1, i], material),
                            )
                            near = min(near, _largest_leap(around[k, j, i + 1], material))
                            if near > 0:
                                near = min(near, _largest_leap(around[k + 1, j + 1, i], material))
                                near = min(near, _largest_leap(around[k + 1, j, i + 1], material))
                                near = min(near, _largest_leap(around[k, j + 1, i + 1], material))
                                near = min(near, _largest_leap(around[k + 1, j + 1, i + 1], material))
                            cell = min(near, LARGEST_LEAP) << 3 | material
                            around[k, j, i] = cell
                            bricks[slot, k, j, i] = cell


def pack_octant(labels: NDArray[np.uint8], materials: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return the coarse grid and the mixed bricks of a volume for rays towards higher indices.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Material codes, mirrored for the octant (any strides); each axis a multiple of 8 long.
    materials : ndarray of uint8, shape (z / 8, y / 8, x / 8)
        From :func:`brick_materials`, mirrored alike.

    Returns
    -------
    coarse : ndarray of int32, shape (z / 8 + 1, y / 8 + 1, x / 8 + 1)
        For bricks of one material: how many bricks its cube reaches forward, packed with the material as a cell is;
        -1 - n for mixed brick n. The last layer of each axis is air beyond the volume.
    bricks : ndarray of uint8, shape (mixed, 8, 8, 8)
        Cells of the mixed bricks; one brick of zeros where there are none.
    """
    coarse, mixed = _pack_coarse(materials)
    # One at least, because the tracer reads a cell before it decides whether to use it.
    bricks = np.zeros((max(mixed, 1), BRICK, BRICK, BRICK), dtype=np.uint8)
    _fill_bricks(labels, coarse, bricks)
    return coarse, bricks


@njit(nogil=True, error_model="numpy", forceinline=True)
def _trace_packet(
    coarse: NDArray[np.int32],
    by: np.int32,
    bx: np.int32,
    bricks: NDArray[np.uint8],
    nz: int,
    ny: int,
    nx: int,
    points: NDArray[np.int32],
    first: int,
    dz: float,
    dy: float,
    dx: float,
    place: NDArray[np.int32],
    state: NDArray[np.float64],
) -> None:
    """Trace 32 rays along (dz, dy, dx), none negative, from the voxels ``points[first : first + 32]``.

    The direction is in voxels a µm, so that a ray's parameter is the length in µm. ``coarse`` and ``bricks`` are flat,
    with ``by`` x ``bx`` bricks a layer. ``place`` (int32) holds, 32 rays each: the voxel along z, y and x, the cell,
    and how many bits of an index count within its block (0 in a mixed brick, 3 where the block is whole bricks).
    ``state`` (float64) holds the starting points z, y, x, the length to the end of the volume, the length so far, and
    then what is wanted: the lengths in materials 1 to 4.
    """
    # 1/0 = inf: that face is never reached.
    gz, gy, gx = 1.0 / dz, 1.0 / dy, 1.0 / dx
    for ray in range(32):
        for axis in range(3):
            place[axis * 32 + ray] = points[first + ray, axis]
            state[axis * 32 + ray] = points[first + ray, axis] + 0.5
        end_z = (nz - state[ray]) * gz
        end_y = (ny - state[32 + ray]) * gy
        end_x = (nx - state[64 + ray]) * gx
        end = end_z if end_z < end_y else end_y
        state[96 + ray] = end if end < end_x else end_x
        for entry in range(4, 9):
            state[entry * 32 + ray] = 0.0
    running = np.int32(1)
    while running > 0:
        for ray in range(32):
            k, j, i = place[ray], place[32 + ray], place[64 + ray]
            brick = coarse[((k >> 3) * by + (j >> 3)) * bx + (i >> 3)]
            slot = np.int64(-1 - brick) << 9
            mixed = brick < 0
            cell = np.int32(bricks[(slot if mixed else 0) + ((k & 7) << 6) + ((j & 7) << 3) + (i & 7)])
            place[96 + ray] = cell if mixed else brick
            place[128 + ray] = 0 if mixed else 3
        # Kept in 32 bits and free of branches, so that it becomes vector instructions. A ray that has ended goes on
        # with steps of no length.
        running = np.int32(0)
        for ray in range(32):
            k, j, i = place[ray], place[32 + ray], place[64 + ray]
            cell, bits = place[96 + ray], place[128 + ray]
            pz, py, px, end = state[ray], state[32 + ray], state[64 + ray], state[96 + ray]
            leap = np.int32(np.int32(cell >> np.int32(3)) + np.int32(1))
            material = np.int32(cell & np.int32(7))
            far_k = np.int32(np.int32(np.int32(k >> bits) + leap) << bits)
            far_j = np.int32(np.int32(np.int32(j >> bits) + leap) << bits)
            far_i = np.int32(np.int32(np.int32(i >> bits) + leap) << bits)
            tz, ty, tx = (far_k - pz) * gz, (far_j - py) * gy, (far_i - px) * gx
            leave = tz if tz < ty else ty
            leave = leave if leave < tx else tx
            leave = leave if leave < end else end
            part = leave - state[128 + ray]
            state[128 + ray] = leave
            state[160 + ray] += part if material == 1 else 0.0
            state[192 + ray] += part if material == 2 else 0.0
            state[224 + ray] += part if material == 3 else 0.0
            state[256 + ray] += part if material == 4 else 0.0
            # A crossed axis moves to the far face. The others are located from the ray; rounding must not take them
            # back, or a ray through an edge could go to and fro for ever.
            at = np.int32(pz + leave * dz)
            at = at if at > k else k
            place[ray] = far_k if tz <= leave else at
            at = np.int32(py + leave * dy)
            at = at if at > j else j
            place[32 + ray] = far_j if ty <= leave else at
            at = np.int32(px + leave * dx)
            at = at if at > i else i
            place[64 + ray] = far_i if tx <= leave else at
            running += np.int32(1) if leave < end else np.int32(0)


@kernel(parallel=True, nogil=True, error_model="numpy")
def trace_octant(
    coarse: NDArray[np.int32],
    bricks: NDArray[np.uint8],
    shape: tuple[int, ...],
    points: NDArray[np.int32],
    directions: NDArray[np.float64],
    rows: NDArray[np.int64],
    mu: NDArray[np.float64],
    out: NDArray[np.floating],
) -> None:
    """Trace from every point along every direction of one octant.

    Parameters
    ----------
    coarse : int32 (z / 8 + 1, y / 8 + 1, x / 8 + 1)
        From :func:`pack_octant`.
    bricks : uint8 (mixed, 8, 8, 8)
        From :func:`pack_octant`.
    shape : (int, int, int)
        Voxels along (z, y, x).
    points : int32 (point, 3)
        Voxels, mirrored like the volume; a multiple of 32.
    directions : float64 (direction, 3)
        Absolute values, voxels a µm.
    rows : int64 (direction,)
        Rows of ``out`` to fill.
    mu : float64 (5,)
        Coefficient of each material, 1/µm.
    out : float64 (row, 5, point)
        Filled with the transmission exp(-sum of mu_m L_m) and then the lengths L_m in materials 1 to 4, µm.
    """
    nz, ny, nx = shape
    by, bx = np.int32(coarse.shape[1]), np.int32(coarse.shape[2])
    where, cells = coarse.reshape(-1), bricks.reshape(-1)
    for d in prange(len(directions)):
        place, state = np.empty(160, dtype=np.int32), np.empty(288)
        target = out[rows[d]]
        for first in range(0, len(points), 32):
            _trace_packet(
                where, by, bx, cells, nz, ny, nx, points, first,
                directions[d, 0], directions[d, 1], directions[d, 2], place, state,
            )  # fmt: skip
            for ray in range(32):
                l1, l2, l3, l4 = state[160 + ray], state[192 + ray], state[224 + ray], state[256 + ray]
                target[0, first + ray] = np.exp(-(mu[1] * l1 + mu[2] * l2 + mu[3] * l3 + mu[4] * l4))
                target[1, first + ray] = l1
                target[2, first + ray] = l2
                target[3, first + ray] = l3
                target[4, first + ray] = l4
