"""Distance to a convex polyhedron with rounded edges, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(parallel=True)
def rounded_distance(
    z: NDArray[np.float32],
    y: NDArray[np.float32],
    x: NDArray[np.float32],
    normals: NDArray[np.float64],
    distances: NDArray[np.float64],
    corners: NDArray[np.float64],
    counts: NDArray[np.int64],
    centre: NDArray[np.float64],
    radius: float,
    out: NDArray[np.float32],
) -> None:
    """Write min(out, distance to a convex polyhedron grown by a ball of ``radius``), µm, negative inside.

    Outside, the nearest point lies on a face that looks at the voxel: at the foot of the perpendicular, or else on
    one of the edges that the foot is beyond. ``corners[face, :counts[face]]`` go round the face's normal.
    """
    faces = normals.shape[0]
    for i in prange(z.size):
        pz = z[i] - centre[0]
        for j in range(y.size):
            py = y[j] - centre[1]
            for k in range(x.size):
                px = x[k] - centre[2]
                most = -1e30
                for f in range(faces):
                    d = normals[f, 0] * pz + normals[f, 1] * py + normals[f, 2] * px - distances[f]
                    most = max(most, d)
                if most - radius >= out[i, j, k]:
                    continue
                if most <= 0.0:
                    out[i, j, k] = most - radius
                    continue
                least = 1e30
                for f in range(faces):
                    nz, ny, nx = normals[f, 0], normals[f, 1], normals[f, 2]
                    d = nz * pz + ny * py + nx * px - distances[f]
                    if d <= 0.0 or counts[f] < 3:
                        continue
                    above = True
                    for e in range(counts[f]):
                        g = e + 1 if e + 1 < counts[f] else 0
                        ez = corners[f, g, 0] - corners[f, e, 0]
                        ey = corners[f, g, 1] - corners[f, e, 1]
                        ex = corners[f, g, 2] - corners[f, e, 2]
                        wz, wy, wx = pz - corners[f, e, 0], py - corners[f, e, 1], px - corners[f, e, 2]
                        side = nz * (ey * wx - ex * wy) + ny * (ex * wz - ez * wx) + nx * (ez * wy - ey * wz)
                        if side < 0.0:
                            above = False
                            t = (wz * ez + wy * ey + wx * ex) / (ez * ez + ey * ey + ex * ex)
                            t = min(1.0, max(0.0, t))
                            qz, qy, qx = wz - t * ez, wy - t * ey, wx - t * ex
                            least = min(least, qz * qz + qy * qy + qx * qx)
                    if above:
                        least = min(least, d * d)
                # Beyond nothing but a face that a twin of it cuts away, the voxel lies on the surface but for rounding.
                value = (math.sqrt(least) if least < 1e30 else most) - radius
                if value < out[i, j, k]:
                    out[i, j, k] = value
