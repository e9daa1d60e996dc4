"""Signed distance to a closed triangle mesh, compiled."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


def signed_distance(
    z: NDArray[np.float64],
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    vertices: NDArray[np.float64],
    triangles: NDArray[np.int32],
    band: float,
) -> NDArray[np.float32]:
    """Distance of grid nodes to a closed mesh, shape (z, y, x), float32, negative inside, at most ``band`` away.

    Parameters
    ----------
    z, y, x : ndarray of float64, shape (node,) each
        Evenly spaced coordinates of the nodes.
    vertices : ndarray of float64, shape (vertex, 3)
        Corners, axes (z, y, x).
    triangles : ndarray of int, shape (triangle, 3)
        Corners of each triangle, every edge shared by an even number of them.
    band : float
        Bound of the distance.
    """
    out = np.full((z.size, y.size, x.size), band, dtype=np.float32)
    _nearest(z, y, x, vertices, triangles, band, out)
    out[_inside(z, y, x, vertices, triangles)] *= -1
    return out


@kernel()
def _inside(
    z: NDArray[np.float64],
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    vertices: NDArray[np.float64],
    triangles: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Whether a line along -z from each node crosses the mesh an odd number of times."""
    flips = np.zeros((z.size + 1, y.size, x.size), dtype=np.bool_)
    size_y, size_x = y[1] - y[0], x[1] - x[0]
    for t in range(triangles.shape[0]):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        first_y = max(0, math.floor((min(a[1], b[1], c[1]) - y[0]) / size_y))
        last_y = min(y.size - 1, math.ceil((max(a[1], b[1], c[1]) - y[0]) / size_y))
        first_x = max(0, math.floor((min(a[2], b[2], c[2]) - x[0]) / size_x))
        last_x = min(x.size - 1, math.ceil((max(a[2], b[2], c[2]) - x[0]) / size_x))
        area = (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1])
        if area == 0.0:
            continue
        for j in range(first_y, last_y + 1):
            for k in range(first_x, last_x + 1):
                within = False
                for e in range(3):
                    # The same two corners in the same order for both triangles of an edge: a line through the edge
                    # crosses one of them.
                    m, n = triangles[t, e], triangles[t, (e + 1) % 3]
                    p, q = vertices[min(m, n)], vertices[max(m, n)]
                    if (p[1] > y[j]) != (q[1] > y[j]):
                        if x[k] < p[2] + (q[2] - p[2]) * ((y[j] - p[1]) / (q[1] - p[1])):
                            within = not within
                if within:
                    u = ((y[j] - a[1]) * (c[2] - a[2]) - (x[k] - a[2]) * (c[1] - a[1])) / area
                    v = ((b[1] - a[1]) * (x[k] - a[2]) - (b[2] - a[2]) * (y[j] - a[1])) / area
                    level = a[0] + u * (b[0] - a[0]) + v * (c[0] - a[0])
                    i = np.searchsorted(z, level)
                    flips[i, j, k] = not flips[i, j, k]
    inside = np.zeros((z.size, y.size, x.size), dtype=np.bool_)
    for j in range(y.size):
        for k in range(x.size):
            within = False
            for i in range(z.size):
                within = within != flips[i, j, k]
                inside[i, j, k] = within
    return inside


@kernel()
def _nearest(
    z: NDArray[np.float64],
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    vertices: NDArray[np.float64],
    triangles: NDArray[np.int32],
    band: float,
    out: NDArray[np.float32],
) -> None:
    """Write min(out, distance to the triangles)."""
    size = z[1] - z[0], y[1] - y[0], x[1] - x[0]
    first, last = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    for t in range(triangles.shape[0]):
        a, b, c = vertices[triangles[t, 0]], vertices[triangles[t, 1]], vertices[triangles[t, 2]]
        for d in range(3):
            axis = z if d == 0 else (y if d == 1 else x)
            first[d] = max(0, math.ceil((min(a[d], b[d], c[d]) - band - axis[0]) / size[d]))
            last[d] = min(axis.size - 1, math.floor((max(a[d], b[d], c[d]) + band - axis[0]) / size[d]))
        nz = (b[1] - a[1]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[1] - a[1])
        ny = (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2])
        nx = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        length = math.sqrt(nz * nz + ny * ny + nx * nx)
        for i in range(first[0], last[0] + 1):
            for j in range(first[1], last[1] + 1):
                for k in range(first[2], last[2] + 1):
                    best = out[i, j, k]
                    pz, py, px = z[i] - a[0], y[j] - a[1], x[k] - a[2]
                    # The triangle is no nearer than its plane.
                    if abs(nz * pz + ny * py + nx * px) >= best * length and length > 0.0:
                        continue
                    found = math.sqrt(_squared(pz, py, px, b[0] - a[0], b[1] - a[1], b[2] - a[2], c - a))
                    if found < best:
                        out[i, j, k] = found


@kernel(inline="always")
def _squared(pz: float, py: float, px: float, ez: float, ey: float, ex: float, f: NDArray[np.float64]) -> float:
    # Nearest point of the triangle 0, e, f to p by the region that p lies in (Ericson, Real-Time Collision
    # Detection, 2005, 5.1.5).
    fz, fy, fx = f[0], f[1], f[2]
    d1, d2 = ez * pz + ey * py + ex * px, fz * pz + fy * py + fx * px
    if d1 <= 0.0 and d2 <= 0.0:
        return pz * pz + py * py + px * px
    ee, ef, ff = ez * ez + ey * ey + ex * ex, ez * fz + ey * fy + ex * fx, fz * fz + fy * fy + fx * fx
    d3, d4, d5, d6 = d1 - ee, d2 - ef, d1 - ef, d2 - ff
    u, v = 0.0, 0.0
    if d3 >= 0.0 and d4 <= d3:
        u = 1.0
    elif d6 >= 0.0 and d5 <= d6:
        v = 1.0
    else:
        va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
        if vc <= 0.0 and d1 >= 0.0 and d3 <= 0.0:
            u = d1 / (d1 - d3)
        elif vb <= 0.0 and d2 >= 0.0 and d6 <= 0.0:
            v = d2 / (d2 - d6)
        elif va <= 0.0 and d4 - d3 >= 0.0 and d5 - d6 >= 0.0:
            v = (d4 - d3) / ((d4 - d3) + (d5 - d6))
            u = 1.0 - v
        else:
            total = va + vb + vc
            u, v = vb / total, vc / total
    qz, qy, qx = pz - u * ez - v * fz, py - u * ey - v * fy, px - u * ex - v * fx
    squared: float = qz * qz + qy * qy + qx * qx
    return squared
