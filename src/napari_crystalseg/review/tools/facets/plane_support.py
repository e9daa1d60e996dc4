"""Which of a crystal's surface lies on which plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .facet import Facet
from .surface_points import SurfacePoints


def assigned(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64], apart: float = 2.0
) -> NDArray[np.int64]:
    """Say which plane each surface point belongs to.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.
    apart : float
        How far a point may be from its plane, in units of the blur.

    Returns
    -------
    ndarray of int64, shape (point,)
        Index of the plane; -1 for none.
    """
    if not len(normals):
        return np.full(len(surface.points_um), -1)
    away = np.abs(surface.points_um @ normals.T - offsets) / surface.blur_um
    lean = surface.normals @ normals.T
    cost = away + 4 * (1 - lean) / (1 - np.cos(np.radians(25)))
    cost[(away > apart) | (lean < np.cos(np.radians(25)))] = np.inf
    best = cost.argmin(axis=1)
    return np.where(np.isfinite(cost[np.arange(len(cost)), best]), best, -1)


def from_edges(
    surface: SurfacePoints,
    normals: NDArray[np.float64],
    offsets: NDArray[np.float64],
    index: int,
    mine: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return how far points on a facet are from its edges with the others.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.
    index : int
        The facet, among the planes.
    mine : ndarray of int, shape (point,)
        Indices of its surface points.

    Returns
    -------
    ndarray of float64, shape (point,)
        µm; infinite where it meets no other.
    """
    sine = np.linalg.norm(np.cross(normals, normals[index]), axis=1)
    others = sine > 0.1
    if not others.any():
        return np.full(len(mine), np.inf)
    within = (offsets[others] - surface.points_um[mine] @ normals[others].T) / sine[others]
    nearest: NDArray[np.float64] = within.min(axis=1)
    return nearest


def supported_facets(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64], names: list[str]
) -> list[Facet]:
    """Return planes as facets, with the surface that lies on each.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.
    names : list of str
        Name of each plane.

    Returns
    -------
    list of Facet
    """
    if not len(normals):
        return []
    own = assigned(surface, normals, offsets, apart=1.0)
    total = float(surface.areas_um2.sum())
    facets = []
    for index, (normal, offset) in enumerate(zip(normals, offsets, strict=True)):
        mine = own == index
        area = float(surface.areas_um2[mine].sum())
        weights = surface.weights[mine]
        away = surface.points_um[mine] @ normal - offset
        residual = float(np.sqrt((weights @ away**2) / weights.sum())) if weights.sum() > 0 else 0.0
        facets.append(Facet(normal, float(offset), area, residual, area / total, names[index]))
    return facets
