"""Compiled smoothing of class probabilities. Imports numba: import this module only where strokes are taught."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True)
def mean_field(
    evidence: NDArray[np.float32],
    image: NDArray[np.float32],
    strength: float,
    contrast: float,
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    start: int,
    stop: int,
) -> None:
    """Do one step of the mean-field approximation of a random field whose neighbours tend to be of one class.

    Parameters
    ----------
    evidence : ndarray of float32, shape (z, y, x, class)
        Probabilities of each voxel by itself.
    image : ndarray of float32, shape (z, y, x)
        Voxel values; neighbours across an edge have less say.
    strength : float
        How much all neighbours together count, in logarithms of a probability.
    contrast : float
        Difference of two voxel values that is an edge.
    before, after : ndarray of float32, shape (z, y, x, class)
        Probabilities before the step and after.
    start, stop : int
        Slices to do.
    """
    depth, height, width, classes = evidence.shape
    said = np.zeros(classes, dtype=np.float32)
    for z in range(start, stop):
        for y in range(height):
            for x in range(width):
                said[:] = 0.0
                weights = 0.0
                for side in range(6):
                    step = 1 if side % 2 else -1
                    k = z + step if side < 2 else z
                    j = y + step if 2 <= side < 4 else y
                    i = x + step if side >= 4 else x
                    if k < 0 or j < 0 or i < 0 or k >= depth or j >= height or i >= width:
                        continue
                    difference = (image[k, j, i] - image[z, y, x]) / contrast
                    weight = math.exp(-0.5 * min(difference * difference, 50.0))
                    weights += weight
                    for label in range(classes):
                        said[label] += weight * before[k, j, i, label]
                total = 0.0
                for label in range(classes):
                    value = evidence[z, y, x, label] * math.exp(strength * said[label] / 6)
                    after[z, y, x, label] = value
                    total += value
                for label in range(classes):
                    after[z, y, x, label] /= total


@kernel(nogil=True)
def draw(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.uint8],
    uncertainty: NDArray[np.uint8],
    start: int,
    stop: int,
) -> None:
    """Interpolate probabilities linearly onto a finer grid, and write class of each of its voxels, and how
    probable another is.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (z', y', x', class)
        On a grid over the same field.
    labels : ndarray of uint8, shape (z, y, x)
        Class of the greatest probability.
    uncertainty : ndarray of uint8, shape (z, y, x)
        255 times the probability that it is another.
    start, stop : int
        Slices of the finer grid to draw.
    """
    nz, ny, nx, classes = probabilities.shape
    depth, height, width = labels.shape
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
                best = 0
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
                labels[z, y, x] = best
                uncertainty[z, y, x] = int(255.0 * min(max(1.0 - value[best], 0.0), 1.0) + 0.5)
