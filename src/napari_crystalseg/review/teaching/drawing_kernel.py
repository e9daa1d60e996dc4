"""Compiled drawing of labels. Imports numba: import this module only where strokes are taught."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True)
def draw(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    uncertainty: NDArray[np.float32],
    present: int,
    start: int,
    stop: int,
) -> None:
    """Interpolate probabilities linearly onto a finer grid, and write class and entropy of each of its voxels.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (z', y', x', class)
        On a grid over the same field.
    labels : ndarray of uint8, shape (z, y, x)
        Class of the greatest probability.
    uncertainty : ndarray of float32, shape (z, y, x)
        Entropy over its greatest possible value.
    present : int
        Number of classes that there can be.
    start, stop : int
        Slices of the finer grid to draw.
    """
    nz, ny, nx, classes = probabilities.shape
    depth, height, width = labels.shape
    most = math.log(max(present, 2))
    value = np.zeros(classes, dtype=np.float32)
    for z in range(start, stop):
        place_z = min(max((z + 0.5) * nz / depth - 0.5, 0.0), nz - 1.0)
        z0 = int(place_z)
        z1, fz = min(z0 + 1, nz - 1), place_z - z0
        for y in range(height):
            place_y = min(max((y + 0.5) * ny / height - 0.5, 0.0), ny - 1.0)
            y0 = int(place_y)
            y1, fy = min(y0 + 1, ny - 1), place_y - y0
            for x in range(width):
                place_x = min(max((x + 0.5) * nx / width - 0.5, 0.0), nx - 1.0)
                x0 = int(place_x)
                x1, fx = min(x0 + 1, nx - 1), place_x - x0
                best, entropy = 0, 0.0
                for c in range(classes):
                    low = (probabilities[z0, y0, x0, c] * (1 - fx) + probabilities[z0, y0, x1, c] * fx) * (1 - fy) + (
                        probabilities[z0, y1, x0, c] * (1 - fx) + probabilities[z0, y1, x1, c] * fx
                    ) * fy
                    high = (probabilities[z1, y0, x0, c] * (1 - fx) + probabilities[z1, y0, x1, c] * fx) * (1 - fy) + (
                        probabilities[z1, y1, x0, c] * (1 - fx) + probabilities[z1, y1, x1, c] * fx
                    ) * fy
                    value[c] = low * (1 - fz) + high * fz
                    if value[c] > value[best]:
                        best = c
                    if value[c] > 1e-6:
                        entropy -= value[c] * math.log(value[c])
                labels[z, y, x] = best
                uncertainty[z, y, x] = min(max(entropy / most, 0.0), 1.0)
