"""Planes moved to the surface that lies on them, and then between the voxels inside and outside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .plane_support import assigned, from_edges
from .planes import between_voxels, fitted_plane
from .surface_points import SurfacePoints


def refitted(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64], own: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit each plane anew to the surface that lies on it, edges left out; one with too little surface is dropped.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.
    normals : ndarray, shape (plane, 3)
        Outward unit normals, axes (z, y, x).
    offsets : ndarray, shape (plane,)
        Offsets, µm.
    own : ndarray of int64, shape (point,)
        Index of the plane of each surface point, as :func:`.plane_support.assigned`.

    Returns
    -------
    normals : ndarray, shape (plane, 3)
    offsets : ndarray, shape (plane,)
    """
    made = []
    for index in range(len(normals)):
        mine = np.flatnonzero((own == index) & (surface.flatness > 0))
        if len(mine) < 6:
            continue
        # Edges are rounded by the blur; where the facet is large enough, only its middle counts.
        middle = mine[from_edges(surface, normals, offsets, index, mine) > 1.5 * surface.blur_um]
        used = middle if len(middle) >= 12 else mine
        away = (surface.points_um[used] @ normals[index] - offsets[index]) / (2.5 * surface.blur_um)
        weights = surface.weights[used] * np.clip(1 - away**2, 0, 1) ** 2
        if weights.sum() > 0:
            made.append(fitted_plane(surface.points_um[used], surface.normals[used], weights, surface.blur_um))
    return np.array([normal for normal, _ in made]).reshape(-1, 3), np.array([offset for _, offset in made])


def sharpened(
    surface: SurfacePoints, normals: NDArray[np.float64], offsets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move planes between the voxels inside and outside.

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
    made_normals, made_offsets = normals.copy(), offsets.copy()
    # A voxel belongs to the plane that it is furthest out of, so that edges are as sharp as the voxels.
    if not len(normals):
        return normals, offsets
    side = surface.centres_um @ normals.T - offsets
    outermost = side.argmax(axis=1)
    for index in range(len(normals)):
        mine = (own == index) & (outermost == index) & (np.abs(side[:, index]) < 1.5 * surface.blur_um)
        if np.count_nonzero(mine) >= 12:
            made_normals[index], made_offsets[index] = between_voxels(
                surface.centres_um[mine],
                surface.inside[mine],
                normals[index],
                float(offsets[index]),
                0.15 * surface.blur_um,
            )
    return made_normals, made_offsets
