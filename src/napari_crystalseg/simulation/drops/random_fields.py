"""Random fields: noise of a given size of grain, as precipitate, skins and rough walls are made of."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ...draws import log_uniform

Plane = NDArray[np.float32]

# Between points of a grid of independent numbers a cubic varies less than at them.
_CUBIC_LOSS = np.float32(1.18)


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], grain_px: float) -> Plane:
    """Draw noise about 0, of a standard deviation near 1, whose grains are as large as given.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    shape : (int, int)
        Rows and columns.
    grain_px : float
        Distance over which it changes, pixels.

    Returns
    -------
    ndarray of float32, shape (row, column)
    """
    if grain_px <= 1.2:
        return rng.standard_normal(shape, dtype=np.float32)
    if grain_px >= 8:
        # Of coarse grains a coarse grid tells all; between its points lines do.
        step = int(grain_px / 4)
        small = smooth_field(rng, (-(-shape[0] // step), -(-shape[1] // step)), grain_px / step)
        size = (small.shape[1] * step, small.shape[0] * step)
        whole = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.float32)
        return np.ascontiguousarray(whole[: shape[0], : shape[1]])
    rows, columns = (math.ceil(length / grain_px) + 3 for length in shape)
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    # The grid is laid anew each time, so that its lines never lie at the same places.
    shift = rng.uniform(0, 1, 2)
    to_coarse = np.array([[1 / grain_px, 0, shift[1] + 0.5], [0, 1 / grain_px, shift[0] + 0.5]])
    size = (shape[1], shape[0])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    field = cv2.warpAffine(coarse, to_coarse, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(field, np.float32) * _CUBIC_LOSS


def fractal_field(
    rng: np.random.Generator, shape: tuple[int, int], coarsest_px: float, finest_px: float, persistence: float = 0.6
) -> Plane:
    """Draw noise of many sizes of grain at once, each half as large as the one before and weaker by a factor."""
    total = np.zeros(shape, np.float32)
    weight, power, grain = 1.0, 0.0, coarsest_px
    while grain >= finest_px:
        total += np.float32(weight) * smooth_field(rng, shape, grain)
        power += weight**2
        weight, grain = weight * persistence, grain / 2
    return total / np.float32(math.sqrt(power or 1.0))


def stretched_field(rng: np.random.Generator, shape: tuple[int, int], grain_px: float, aspect: float) -> Plane:
    """Draw noise whose grains are longer along one random direction than across it, by a ratio."""
    reach = math.hypot(*shape)
    along = math.ceil(reach / (grain_px * aspect)) + 4
    across = math.ceil(reach / grain_px) + 4
    coarse = rng.standard_normal((across, along), dtype=np.float32)
    turn = rng.uniform(0, math.pi)
    cosine, sine = math.cos(turn), math.sin(turn)
    row, column = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    # From a pixel to the grid, which lies along the direction.
    matrix = np.array([[cosine, sine], [-sine, cosine]]) / np.array([[grain_px * aspect], [grain_px]])
    shift = np.array([(along - 1) / 2, (across - 1) / 2]) - matrix @ np.array([column, row])
    size = (shape[1], shape[0])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    field = cv2.warpAffine(coarse, np.column_stack([matrix, shift]), size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(field, np.float32) * _CUBIC_LOSS


def slopes(height: Plane) -> tuple[Plane, Plane]:
    """Differences of a plane along rows and columns, a pixel apart."""
    along_rows = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8)
    along_columns = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8)
    return np.asarray(along_rows, np.float32), np.asarray(along_columns, np.float32)


def blurred(plane: Plane, sigma_px: float) -> Plane:
    """Blur with a Gaussian; nothing is done below a fifth of a pixel."""
    if sigma_px < 0.2:
        return plane
    if sigma_px > 8 and min(plane.shape) > 64:
        # Far out of focus nothing is lost on a coarser grid, and much time is won.
        step = int(sigma_px / 4)
        size = (max(plane.shape[1] // step, 8), max(plane.shape[0] // step, 8))
        coarse = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        coarse = cv2.GaussianBlur(coarse, (0, 0), sigma_px / step, borderType=cv2.BORDER_REFLECT)
        return np.asarray(cv2.resize(coarse, (plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_CUBIC))
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT), np.float32)


def ramp(plane: Plane, low: float, high: float) -> Plane:
    """Rise smoothly from 0 at ``low`` to 1 at ``high``; fall, where ``high`` is the lower."""
    share = np.clip((plane - np.float32(low)) / np.float32(high - low), 0, 1)
    rise: Plane = share * share * (3 - 2 * share)
    return rise


def draw_between(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    """Draw a number whose logarithm is uniform within a range."""
    return log_uniform(rng, *bounds)
