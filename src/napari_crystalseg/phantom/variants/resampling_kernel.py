"""Labels seen through a smooth map, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import prange
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(parallel=True)
def pull_back(
    data: NDArray[np.uint8],
    size_in: NDArray[np.float64],
    size_out: NDArray[np.float64],
    matrix: NDArray[np.float64],
    shift: NDArray[np.float64],
    waves: NDArray[np.float64],
    out: NDArray[np.uint8],
) -> None:
    """Fill ``out`` with the material that most of each voxel's eight neighbours in ``data`` vote for.

    A voxel at p (µm from the middle) takes what lies at matrixᵀ (p + u(p) − shift) in ``data``; votes weigh as in
    trilinear interpolation, a tie goes to the lowest code. Beyond the ends of axis 0 the last slices go on, as a
    mount's stem does; beyond the other axes is air.
    """
    depth, height, width = data.shape
    for i in prange(out.shape[0]):
        votes = np.zeros(5)
        pz = (i - (out.shape[0] - 1) / 2) * size_out[0]
        for j in range(out.shape[1]):
            py = (j - (out.shape[1] - 1) / 2) * size_out[1]
            for k in range(out.shape[2]):
                px = (k - (out.shape[2] - 1) / 2) * size_out[2]
                qz, qy, qx = pz - shift[0], py - shift[1], px - shift[2]
                for w in range(waves.shape[0]):
                    s = math.sin(waves[w, 0] * pz + waves[w, 1] * py + waves[w, 2] * px + waves[w, 3])
                    qz += s * waves[w, 4]
                    qy += s * waves[w, 5]
                    qx += s * waves[w, 6]
                rz = (matrix[0, 0] * qz + matrix[1, 0] * qy + matrix[2, 0] * qx) / size_in[0] + (depth - 1) / 2
                ry = (matrix[0, 1] * qz + matrix[1, 1] * qy + matrix[2, 1] * qx) / size_in[1] + (height - 1) / 2
                rx = (matrix[0, 2] * qz + matrix[1, 2] * qy + matrix[2, 2] * qx) / size_in[2] + (width - 1) / 2
                if ry <= -1.0 or ry >= height or rx <= -1.0 or rx >= width:
                    out[i, j, k] = 0
                    continue
                rz = min(max(rz, 0.0), depth - 1.0)
                # Rounding errors of the map must not decide ties.
                rz, ry, rx = round(rz * 1048576) / 1048576, round(ry * 1048576) / 1048576, round(rx * 1048576) / 1048576
                a, b, c = math.floor(rz), math.floor(ry), math.floor(rx)
                fa, fb, fc = rz - a, ry - b, rx - c
                votes[:] = 0.0
                for da in range(2):
                    wa = fa if da else 1.0 - fa
                    if wa == 0.0:
                        continue
                    for db in range(2):
                        wb = wa * (fb if db else 1.0 - fb)
                        y = b + db
                        for dc in range(2):
                            weight = wb * (fc if dc else 1.0 - fc)
                            x = c + dc
                            if weight == 0.0:
                                continue
                            if 0 <= y < height and 0 <= x < width:
                                votes[data[a + da, y, x]] += weight
                            else:
                                votes[0] += weight
                best = 0
                for m in range(1, 5):
                    if votes[m] > votes[best]:
                        best = m
                out[i, j, k] = best
