"""Compiled features of single voxels. Imports numba: import this module only where strokes are taught."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...computing.compiled import kernel

FEATURES = 7


@njit(nogil=True)
def _first(image: NDArray[np.float32], z: int, y: int, x: int, axis: int) -> float:
    """Central difference along an axis; at the ends the difference within."""
    here = (z, y, x)[axis]
    low, high = max(here - 1, 0), min(here + 1, image.shape[axis] - 1)
    if high == low:
        return 0.0
    if axis == 0:
        return float((image[high, y, x] - image[low, y, x]) / (high - low))
    if axis == 1:
        return float((image[z, high, x] - image[z, low, x]) / (high - low))
    return float((image[z, y, high] - image[z, y, low]) / (high - low))


@njit(nogil=True)
def _mixed(image: NDArray[np.float32], z: int, y: int, x: int, along: int, across: int) -> float:
    """Second derivative along two axes: the difference of first ones."""
    here = (z, y, x)[across]
    low, high = max(here - 1, 0), min(here + 1, image.shape[across] - 1)
    if high == low:
        return 0.0
    if across == 0:
        return float((_first(image, high, y, x, along) - _first(image, low, y, x, along)) / (high - low))
    if across == 1:
        return float((_first(image, z, high, x, along) - _first(image, z, low, x, along)) / (high - low))
    return float((_first(image, z, y, high, along) - _first(image, z, y, low, along)) / (high - low))


@njit(nogil=True)
def _shape(image: NDArray[np.float32], z: int, y: int, x: int, out: NDArray[np.float32]) -> None:
    """Gradient magnitude, and the largest and the smallest eigenvalue of the Hessian matrix (Smith 1961)."""
    gz, gy, gx = _first(image, z, y, x, 0), _first(image, z, y, x, 1), _first(image, z, y, x, 2)
    out[0] = math.sqrt(gz * gz + gy * gy + gx * gx)
    zz, yy, xx = _mixed(image, z, y, x, 0, 0), _mixed(image, z, y, x, 1, 1), _mixed(image, z, y, x, 2, 2)
    zy, zx, yx = _mixed(image, z, y, x, 0, 1), _mixed(image, z, y, x, 0, 2), _mixed(image, z, y, x, 1, 2)
    mean = (zz + yy + xx) / 3
    zz -= mean
    yy -= mean
    xx -= mean
    spread = math.sqrt((zz * zz + yy * yy + xx * xx + 2 * (zy * zy + zx * zx + yx * yx)) / 6)
    angle = 0.0
    if spread > 1e-12:
        half = zz * (yy * xx - yx * yx) - zy * (zy * xx - yx * zx) + zx * (zy * yx - yy * zx)
        angle = math.acos(min(max(half / (2 * spread**3), -1.0), 1.0)) / 3
    out[1] = mean + 2 * spread * math.cos(angle)
    out[2] = mean + 2 * spread * math.cos(angle + 2 * math.pi / 3)


@kernel(nogil=True)
def describe(images: NDArray[np.float32], places: NDArray[np.int32], out: NDArray[np.float32]) -> None:
    """Write the features of some voxels.

    Parameters
    ----------
    images : ndarray of float32, shape (3, z, y, x)
        Voxel values without noise, and smoothed at two scales.
    places : ndarray of int32, shape (voxel, 3)
        Indices (z, y, x).
    out : ndarray of float32, shape (voxel, FEATURES)
        The value; gradient magnitude, largest and smallest eigenvalue at the first scale and at the second.
    """
    for number in range(len(places)):
        z, y, x = places[number]
        out[number, 0] = images[0, z, y, x]
        _shape(images[1], z, y, x, out[number, 1:4])
        _shape(images[2], z, y, x, out[number, 4:7])


@kernel(nogil=True)
def diffuse(before: NDArray[np.float32], after: NDArray[np.float32], contrast: float, start: int, stop: int) -> None:
    """Do one step of diffusion that edges stop (Perona & Malik 1990).

    Parameters
    ----------
    before, after : ndarray of float32, shape (z, y, x)
        Voxel values before the step and after.
    contrast : float
        Difference of two voxels that is an edge.
    start, stop : int
        Slices to do.
    """
    depth, height, width = before.shape
    for z in range(start, stop):
        for y in range(height):
            for x in range(width):
                own = before[z, y, x]
                flow = 0.0
                for side in range(6):
                    step = 1 if side % 2 else -1
                    k = z + step if side < 2 else z
                    j = y + step if 2 <= side < 4 else y
                    i = x + step if side >= 4 else x
                    if k < 0 or j < 0 or i < 0 or k >= depth or j >= height or i >= width:
                        continue
                    difference = before[k, j, i] - own
                    ratio = difference / contrast
                    flow += difference * math.exp(-min(ratio * ratio, 50.0))
                after[z, y, x] = own + 0.15 * flow
