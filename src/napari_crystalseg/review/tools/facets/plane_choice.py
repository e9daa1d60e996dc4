"""Which planes through the surface of a crystal are facets of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .plane_support import assigned, from_edges
from .planes import bend_degrees
from .surface_points import SurfacePoints

LEAST_SHARE = 0.006
"""Share of the surface that a facet has at least."""
_MOST_BEND_DEGREES = 12.0
_MOST_BEND = (0.75, 0.55)
_MOST_OUTSIDE = 0.02
_APART_DEGREES = 9.0


def distinct(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of planes that look the same way, keep that which most of the surface lies on.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.

    Returns
    -------
    normals : ndarray, shape (plane, 3)
    offsets : ndarray, shape (plane,)
    """
    own = assigned(surface, normals, offsets)
    weights = np.bincount(own[own >= 0], surface.weights[own >= 0], minlength=len(normals))
    kept: list[int] = []
    for index in np.argsort(-weights, kind="stable"):
        lean = normals[kept] @ normals[index] if kept else np.zeros(0)
        if not (lean > np.cos(np.radians(_APART_DEGREES))).any():
            kept.append(int(index))
    return normals[kept], offsets[kept]


def plausible(surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which planes are flat, large enough, and have next to nothing of the crystal beyond them.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.

    Returns
    -------
    ndarray of bool, shape (plane,)
    """
    total = surface.areas_um2.sum()
    beyond = surface.points_um @ normals.T - offsets > 1.5 * surface.blur_um
    kept: NDArray[np.bool_] = surface.areas_um2 @ beyond / total < _MOST_OUTSIDE
    own = assigned(surface, normals, offsets)
    for index in np.flatnonzero(kept).tolist():
        mine = np.flatnonzero((own == index) & (surface.flatness > 0))
        weights = surface.weights[mine]
        if len(mine) < 8 or weights.sum() < LEAST_SHARE * total:
            kept[index] = False
            continue
        middle = from_edges(surface, normals, offsets, index, mine) > 2 * surface.blur_um
        # The blur bends all of a narrow facet; there it must only turn less than a ball would.
        wide = int(np.count_nonzero(middle) >= 12)
        if wide:
            mine, weights = mine[middle], weights[middle]
        bend = bend_degrees(surface.points_um[mine], surface.normals[mine], weights, normals[index])
        kept[index] = bend < max(_MOST_BEND_DEGREES, _MOST_BEND[wide] * _to_neighbours(normals, index))
    return kept


def _to_neighbours(normals: NDArray[np.float64], index: int) -> float:
    """Mean angle to the three nearest other normals, degrees: a ball turns by that from facet to facet."""
    angles = np.degrees(np.arccos(np.clip(np.delete(normals, index, axis=0) @ normals[index], -1, 1)))
    return float(np.sort(angles)[:3].mean()) if len(angles) else 0.0
