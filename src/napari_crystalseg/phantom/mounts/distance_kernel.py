"""Signed distances to the shapes of a phantom, compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(parallel=True, fastmath=True)
def polyhedron_distance(
    z: NDArray[np.float32],
    y: NDArray[np.float32],
    x: NDArray[np.float32],
    normals: NDArray[np.float32],
    distances: NDArray[np.float32],
    centre: NDArray[np.float32],
    rounding: np.float32,
    out: NDArray[np.float32],
) -> None:
    """Write min(out, distance to a convex polyhedron), µm, negative inside; edges rounded by a soft maximum."""
    faces = normals.shape[0]
    far = 0.0
    for f in range(faces):
        far = max(far, distances[f])
    for i in prange(z.size):
        dz = z[i] - centre[0]
        for j in range(y.size):
            dy = y[j] - centre[1]
            for k in range(x.size):
                dx = x[k] - centre[2]
                most: Any = -1e30  # of the precision that numba settles on
                for f in range(faces):
                    d = normals[f, 0] * dz + normals[f, 1] * dy + normals[f, 2] * dx - distances[f]
                    if d > most:
                        most = d
                if rounding > 0.0 and abs(most) < 4.0 * rounding:
                    total = 0.0
                    for f in range(faces):
                        d = normals[f, 0] * dz + normals[f, 1] * dy + normals[f, 2] * dx - distances[f]
                        total += math.exp((d - most) / rounding)
                    most += rounding * math.log(total)
                if most < out[i, j, k]:
                    out[i, j, k] = most


@kernel(parallel=True, fastmath=True)
def capsule_distance(
    z: NDArray[np.float32],
    y: NDArray[np.float32],
    x: NDArray[np.float32],
    starts: NDArray[np.float64],
    stops: NDArray[np.float64],
    radii: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Write min(out, distance to a chain of round-ended rods), µm, negative inside."""
    for i in prange(z.size):
        for j in range(y.size):
            for k in range(x.size):
                least = out[i, j, k]
                for s in range(starts.shape[0]):
                    az, ay, ax = starts[s, 0], starts[s, 1], starts[s, 2]
                    bz, by, bx = stops[s, 0] - az, stops[s, 1] - ay, stops[s, 2] - ax
                    pz, py, px = z[i] - az, y[j] - ay, x[k] - ax
                    t = (pz * bz + py * by + px * bx) / (bz * bz + by * by + bx * bx)
                    t = min(1.0, max(0.0, t))
                    qz, qy, qx = pz - t * bz, py - t * by, px - t * bx
                    d = math.sqrt(qz * qz + qy * qy + qx * qx) - radii[s]
                    if d < least:
                        least = d
                out[i, j, k] = least


@kernel(parallel=True)
def refine(coarse: NDArray[np.float32], factor: int, shape: tuple[int, int, int], out: NDArray[np.float32]) -> None:
    """Interpolate node values linearly onto voxels; node n lies at voxel ``factor (n - 1)``."""
    for i in prange(shape[0]):
        a = i // factor + 1
        fa = np.float32((i % factor) / factor)
        for j in range(shape[1]):
            b = j // factor + 1
            fb = np.float32((j % factor) / factor)
            for k in range(shape[2]):
                c = k // factor + 1
                fc = np.float32((k % factor) / factor)
                low = (coarse[a, b, c] * (1 - fc) + coarse[a, b, c + 1] * fc) * (1 - fb) + (
                    coarse[a, b + 1, c] * (1 - fc) + coarse[a, b + 1, c + 1] * fc
                ) * fb
                high = (coarse[a + 1, b, c] * (1 - fc) + coarse[a + 1, b, c + 1] * fc) * (1 - fb) + (
                    coarse[a + 1, b + 1, c] * (1 - fc) + coarse[a + 1, b + 1, c + 1] * fc
                ) * fb
                out[i, j, k] = low * (1 - fa) + high * fa
