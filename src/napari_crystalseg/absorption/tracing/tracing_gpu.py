"""Ray tracing on a GPU: the exact traversal, one ray a thread. Imports CuPy: import this module only where it works.

The lengths are those of a voxel-by-voxel traversal (Amanatides and Woo 1987), without the leaps of the processor's
version, in double precision.
"""

from __future__ import annotations

from typing import Any

import cupy
import numpy as np
from numpy.typing import NDArray

_SOURCE = r"""
extern "C" __global__
void trace(const unsigned char* labels, const long long nz, const long long ny, const long long nx,
           const long long* points, const long long n_points, const double* directions, const long long n_directions,
           const double* mu, double* out)
{
    const long long ray = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (ray >= n_points * n_directions) return;
    const long long p = ray % n_points, d = ray / n_points;
    const double step[3] = {directions[3 * d], directions[3 * d + 1], directions[3 * d + 2]};
    const long long size[3] = {nz, ny, nx}, stride[3] = {ny * nx, nx, 1};
    long long voxel[3], at = 0;
    double next[3], across[3], length[5] = {0, 0, 0, 0, 0}, done = 0;
    for (int axis = 0; axis < 3; ++axis) {
        voxel[axis] = points[3 * p + axis];
        at += voxel[axis] * stride[axis];
        across[axis] = fabs(1.0 / step[axis]);  // infinite where the ray runs along the face
        next[axis] = 0.5 * across[axis];
    }
    for (;;) {
        const int axis = next[0] < next[1] ? (next[0] < next[2] ? 0 : 2) : (next[1] < next[2] ? 1 : 2);
        const int material = labels[at];
        for (int m = 1; m < 5; ++m) length[m] += m == material ? next[axis] - done : 0.0;
        done = next[axis];
        next[axis] += across[axis];
        const int sign = step[axis] > 0 ? 1 : -1;
        voxel[axis] += sign;
        if (voxel[axis] < 0 || voxel[axis] >= size[axis]) break;
        at += sign * stride[axis];
    }
    double depth = 0;
    for (int m = 1; m < 5; ++m) {
        depth += mu[m] * length[m];
        out[(d * 5 + m) * n_points + p] = length[m];
    }
    out[d * 5 * n_points + p] = exp(-depth);
}
"""
THREADS = 128


class GpuGrid:
    """A label volume in the memory of a GPU.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Material codes.
    """

    def __init__(self, labels: NDArray[np.uint8]) -> None:
        self._labels = cupy.asarray(np.ascontiguousarray(labels))
        self._kernel = cupy.RawKernel(_SOURCE, "trace")

    def trace(
        self, points: NDArray[np.int64], steps: NDArray[np.float64], mu: NDArray[np.float64], out: NDArray[Any]
    ) -> None:
        """Trace a ray from every point along every direction.

        Parameters
        ----------
        points : ndarray of int64, shape (point, 3)
            Voxels (z, y, x).
        steps : ndarray of float64, shape (direction, 3)
            Directions in voxels a µm.
        mu : ndarray of float64, shape (5,)
            Coefficient of each material, 1/µm.
        out : ndarray of float, shape (direction, 5, point)
            Filled with the transmission exp(-sum of mu_m L_m) and the lengths in materials 1 to 4, µm.
        """
        found = cupy.empty(out.shape)
        rays = len(points) * len(steps)
        self._kernel(
            ((rays + THREADS - 1) // THREADS,),
            (THREADS,),
            (
                self._labels, *(np.int64(n) for n in self._labels.shape),
                cupy.asarray(np.ascontiguousarray(points, dtype=np.int64)), np.int64(len(points)),
                cupy.asarray(np.ascontiguousarray(steps, dtype=np.float64)), np.int64(len(steps)),
                cupy.asarray(mu), found,
            ),
        )  # fmt: skip
        out[:] = cupy.asnumpy(found)
