"""Curvature and contact angle of a surface, measured on its triangulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError


@dataclass(frozen=True, eq=False)
class Sphere:
    """Sphere fitted to a surface.

    Parameters
    ----------
    centre_um : ndarray, shape (3,)
        Centre (z, y, x), µm from the first voxel's centre.
    radius_um : float
        Radius, µm.
    residual_um : float
        Root mean square distance of the surface from it, µm.
    """

    centre_um: NDArray[np.float64]
    radius_um: float
    residual_um: float


def surface_points(
    distance_um: NDArray[np.float32], solid_um: NDArray[np.float32], voxel_size_um: float, clearance: float = 1.0
) -> NDArray[np.float64]:
    """Corners of the triangles of a surface (marching cubes) that keep clear of the solids.

    Parameters
    ----------
    distance_um, solid_um : ndarray, shape (z, y, x)
        Signed distances to the surface and to the nearest solid, µm.
    voxel_size_um : float
        Edge of the voxels, µm.
    clearance : float
        Least distance from the solids, voxels.

    Returns
    -------
    ndarray, shape (point, 3)
        Points (z, y, x), µm from the first voxel's centre.

    Raises
    ------
    InputError
        No surface is left.
    """
    from scipy.ndimage import map_coordinates
    from skimage.measure import marching_cubes

    if not distance_um.min() < 0 < distance_um.max():
        raise InputError("There is no surface in the field: the distance does not change sign.")
    points = marching_cubes(distance_um, 0.0)[0]
    points = points[map_coordinates(solid_um, points.T, order=1) > clearance * voxel_size_um]
    if len(points) < 16:
        raise InputError("No surface is left away from the solids.")
    places: NDArray[np.float64] = points.astype(float) * voxel_size_um
    return places


def fitted_sphere(points_um: NDArray[np.float64]) -> Sphere:
    """Fit a sphere to points, shape (point, 3), by linear least squares."""
    middle = points_um.mean(axis=0)
    p = points_um - middle
    solution = np.linalg.lstsq(np.column_stack([2 * p, np.ones(len(p))]), (p**2).sum(axis=1), rcond=None)[0]
    radius = float(np.sqrt(solution[3] + (solution[:3] ** 2).sum()))
    off = np.linalg.norm(p - solution[:3], axis=1) - radius
    return Sphere(solution[:3] + middle, radius, float(np.sqrt((off**2).mean())))


def mean_curvatures(points_um: NDArray[np.float64], patch_um: float, count: int = 64) -> NDArray[np.float64]:
    """Sum of the principal curvatures at points of a surface, by quadrics fitted to patches.

    Parameters
    ----------
    points_um : ndarray, shape (point, 3)
        The surface's points, from :func:`surface_points`.
    patch_um : float
        Radius of the patches, µm; a few voxels.
    count : int
        How many patches; spread evenly over the list of points.

    Returns
    -------
    ndarray, shape (patch,)
        Magnitude of κ₁ + κ₂, 1/µm. Patches at the border of the surface, or with too few points, are left out.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(points_um)
    curvatures = []
    for at in points_um[np.linspace(0, len(points_um) - 1, min(count, len(points_um))).astype(int)]:
        near = points_um[tree.query_ball_point(at, patch_um)] - at
        if len(near) < 12 or np.linalg.norm(near.mean(axis=0)) > 0.2 * patch_um:
            continue
        axes = np.linalg.svd(near - near.mean(axis=0), full_matrices=False)[2]
        u, v, w = axes @ near.T
        terms = np.column_stack([np.ones_like(u), u, v, u * u, u * v, v * v])
        _, p, q, a, b, c = np.linalg.lstsq(terms, w, rcond=None)[0]
        slope = 1 + p * p + q * q
        curvatures.append(2 * abs(a * (1 + q * q) - b * p * q + c * (1 + p * p)) / slope**1.5)
    return np.asarray(curvatures)


def contact_angles(
    distance_um: NDArray[np.float32], solid_um: NDArray[np.float32], voxel_size_um: float, height_limit: float = 4.0
) -> NDArray[np.float64]:
    """Contact angles along the line where a surface meets a solid.

    Close to the wall, the angle between the surface's normal and the solid's is followed towards the wall: over each
    stretch of the contact line a straight line is fitted to its cosine, which is linear on a round profile, and read
    where the distance to the solid is zero.

    Parameters
    ----------
    distance_um, solid_um : ndarray, shape (z, y, x)
        Signed distances to the surface (negative in the liquid) and to the solid, µm.
    voxel_size_um : float
        Edge of the voxels, µm.
    height_limit : float
        How far from the wall the surface is followed, voxels.

    Returns
    -------
    ndarray, shape (stretch,)
        Angles in the liquid, degrees; empty where they do not meet.
    """
    from scipy.ndimage import map_coordinates
    from scipy.spatial import cKDTree
    from skimage.measure import marching_cubes

    if not distance_um.min() < 0 < distance_um.max():
        return np.zeros(0)
    points = marching_cubes(distance_um, 0.0)[0].astype(float)
    height = map_coordinates(solid_um, points.T, order=1) / voxel_size_um
    inside = (points > 1).all(axis=1) & (points < np.array(distance_um.shape) - 2).all(axis=1)
    points, height = (a[inside & (height > 0.5) & (height < height_limit)] for a in (points, height))
    if len(points) < 16:
        return np.zeros(0)
    liquid, wall = (_normals(field, points) for field in (distance_um, solid_um))
    # Both normals point into the gas where the liquid lies flat on the wall: there the angle is nought.
    cosine = (liquid * wall).sum(axis=1)
    feet = points - height[:, None] * wall
    tree = cKDTree(feet)
    low = np.flatnonzero(height < 1.5)
    found = []
    for at in low[np.linspace(0, len(low) - 1, min(64, len(low))).astype(int)] if len(low) else ():
        near = np.asarray(tree.query_ball_point(feet[at], 2 * height_limit))
        if len(near) < 16 or np.ptp(height[near]) < 0.5 * height_limit:
            continue
        found.append(float(np.polynomial.Polynomial.fit(height[near], cosine[near], 1)(0.0)))
    angles: NDArray[np.float64] = np.rad2deg(np.arccos(np.clip(found, -1, 1)))
    return angles


def _normals(field: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.ndimage import map_coordinates

    slope = np.stack(
        [
            map_coordinates(field, (points + step).T, order=1) - map_coordinates(field, (points - step).T, order=1)
            for step in np.eye(3)
        ],
        axis=1,
    )
    normals: NDArray[np.float64] = slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-12)
    return normals
