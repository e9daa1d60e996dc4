"""The place of a mask that is farthest from all that lies outside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .target_grid import TargetGrid

# Half the diagonal of a pixel: no point of a pixel is farther from its centre.
_HALF_DIAGONAL = np.sqrt(0.5)
_SAME = 1e-9
# How far, in pixels, what OpenCV gives may lie beside the exact distance: it reckons with float32, which is too short
# for squares of coordinates above 4096.
_INEXACT_PX = 0.02
_POINTS_AT_ONCE = 2**21


def distances_px(free: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return for each pixel of a mask the distance to the nearest one that is not of it, or lies beyond the array.

    Parameters
    ----------
    free : ndarray of bool, shape (row, column)
        The mask.

    Returns
    -------
    ndarray of float32, shape (row, column)
        Euclidean distances between centres of pixels, to 0.02 pixels; 0 outside the mask.
    """
    import cv2

    # The exact transform (Felzenszwalb and Huttenlocher), as SciPy's but for rounding, and ten times as fast. Either
    # takes what lies beyond the array for nothing at all; here it is outside.
    padded = np.pad(free, 1).view(np.uint8)
    found = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    return found[1:-1, 1:-1]


def farthest_pixel(free: NDArray[np.bool_], about: tuple[float, float]) -> tuple[tuple[int, int], float]:
    """Return the pixel of a mask that is farthest from what lies outside it.

    Parameters
    ----------
    free : ndarray of bool, shape (row, column)
        The mask, with at least one pixel.
    about : (float, float)
        Of several such pixels the one nearest to this place is taken, and of those the first row, then column.

    Returns
    -------
    place : (int, int)
        Row and column.
    distance_px : float
        Its distance.
    """
    rounded = distances_px(free)
    likely = np.argwhere(rounded >= rounded.max() - _INEXACT_PX).astype(np.float64)
    exact = exact_distances_px(free, likely)
    row, column = _first_nearest(likely[exact >= exact.max() - _SAME], about)
    return (int(row), int(column)), float(exact.max())


def farthest_grid_point(
    free: NDArray[np.bool_],
    origin: tuple[int, int],
    shape: tuple[int, int],
    grid: TargetGrid,
    about: tuple[float, float],
    nearest: bool = False,
) -> tuple[tuple[float, float], float] | None:
    """Return the grid point in a mask that is farthest from what lies outside it.

    Parameters
    ----------
    free : ndarray of bool, shape (row, column)
        The mask: part of an image.
    origin : (int, int)
        Row and column of its first pixel in the image.
    shape : (int, int)
        Rows and columns of the image, through whose centre the grid runs.
    grid : TargetGrid
        The grid.
    about : (float, float)
        Place in the part; of several such points the one nearest to it is taken.
    nearest : bool
        Take the point of the mask that is nearest to that place instead.

    Returns
    -------
    place : (float, float)
        Row and column in the image.
    distance_px : float
        Distance to the centre of the nearest pixel that is not of the mask.
    None
        In place of both, where no grid point lies in the mask.
    """
    distances = distances_px(free)
    rows = grid.coordinates_px(shape[0], origin[0], origin[0] + free.shape[0]) - origin[0]
    columns = grid.coordinates_px(shape[1], origin[1], origin[1] + free.shape[1]) - origin[1]
    if not nearest:
        # A grid point lies within half its diagonal of the farthest pixel, and the distance changes by no more than one
        # goes: the farthest grid point lies in a pixel that is nearly as far.
        floor = distances.max() - _INEXACT_PX - _HALF_DIAGONAL * (grid.step_px + 1)
        likely = np.argwhere((distances >= floor) & free)
        (first_row, first_column), (last_row, last_column) = likely.min(0), likely.max(0)
        rows = rows[(np.rint(rows) >= first_row) & (np.rint(rows) <= last_row)]
        columns = columns[(np.rint(columns) >= first_column) & (np.rint(columns) <= last_column)]
    elif grid.step_px <= 1:
        # Points lie in each pixel, that of the place too, which is of the mask.
        rows = rows[np.abs(rows - about[0]) <= 1]
        columns = columns[np.abs(columns - about[1]) <= 1]
    points = _likely_points(distances, rows, columns, about if nearest else None)
    if not points.size:
        return None
    exact = exact_distances_px(free, points)
    best = points[exact >= exact.max() - _SAME]
    place = _first_nearest(best, about)
    return (float(place[0] + origin[0]), float(place[1] + origin[1])), float(exact.max())


def _likely_points(
    distances: NDArray[np.float32],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    near: tuple[float, float] | None,
) -> NDArray[np.float64]:
    """Points of a grid, (point, 2), of which one is the farthest from outside, or those nearest to a place."""
    pixels = np.rint(columns).astype(int)
    beside = columns - pixels
    best, found = -np.inf, []
    # A band of the grid at a time: a fine one has many more points than the image has pixels.
    at_once = max(_POINTS_AT_ONCE // max(columns.size, 1), 1)
    for first in range(0, rows.size, at_once):
        band = rows[first : first + at_once]
        of_pixels = distances[np.ix_(np.rint(band).astype(int), pixels)]
        inside = of_pixels > 0
        if not inside.any():
            continue
        if near is None:
            from_centre = np.hypot((band - np.rint(band))[:, None], beside[None, :])
            least, most = of_pixels - from_centre - _INEXACT_PX, of_pixels + from_centre + _INEXACT_PX
        else:
            least = most = -np.hypot((band - near[0])[:, None], (columns - near[1])[None, :])
        best = max(best, float(least[inside].max()))
        chosen = np.argwhere(inside & (most >= best - _SAME))
        found.append(np.stack([band[chosen[:, 0]], columns[chosen[:, 1]], most[tuple(chosen.T)]], 1))
    points = np.concatenate(found) if found else np.zeros((0, 3))
    return np.ascontiguousarray(points[points[:, 2] >= best - _SAME, :2])


def exact_distances_px(free: NDArray[np.bool_], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances of points in a mask to the centres of the nearest pixels that are not of it.

    Parameters
    ----------
    free : ndarray of bool, shape (row, column)
        The mask; all beyond the array is not of it.
    points : ndarray of float64, shape (point, 2)
        Row and column of each; its pixel is of the mask.

    Returns
    -------
    ndarray of float64, shape (point,)
    """
    from scipy.spatial import cKDTree

    # The nearest pixel outside a mask shares a side with the mask: one step towards the point is nearer, and so inside.
    whole = np.pad(free, 1)
    touching = np.zeros_like(whole)
    touching[1:] |= whole[:-1]
    touching[:-1] |= whole[1:]
    touching[:, 1:] |= whole[:, :-1]
    touching[:, :-1] |= whole[:, 1:]
    beside = np.argwhere(touching & ~whole) - 1
    found: NDArray[np.float64] = cKDTree(beside).query(points)[0]
    return found


def _first_nearest(places: NDArray[np.float64], about: tuple[float, float]) -> NDArray[np.float64]:
    """Of places (place, 2) the one nearest to another; of several, that of the first row, then column."""
    squares = ((places - np.asarray(about)) ** 2).sum(1)
    ties = places[squares <= squares.min() + _SAME]
    first: NDArray[np.float64] = ties[np.lexsort((ties[:, 1], ties[:, 0]))[0]]
    return first
