"""Planes through surface points: modes of normals and offsets, and least squares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .surface_points import SurfacePoints

_SEEDS = 400
_MOST_DIRECTIONS = 40
_LEAST_SHARE = 0.006


def common_normals(surface: SurfacePoints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Directions that many normals of a surface share.

    Parameters
    ----------
    surface : SurfacePoints
        Surface.

    Returns
    -------
    normals : ndarray, shape (direction, 3)
        Unit vectors, axes (z, y, x), those of most surface first.
    shares : ndarray, shape (direction,)
        Share of the surface within 12° of each that no direction before it has.
    """
    weights = surface.weights / max(float(surface.areas_um2.sum()), 1e-12)
    step = max(1, len(weights) // 5000)
    normals, weights = surface.normals[::step], weights[::step] * step
    left = weights > 0
    found: list[NDArray[np.float64]] = []
    shares: list[float] = []
    while left.any() and len(found) < _MOST_DIRECTIONS:
        here, own = normals[left], weights[left]
        tried = here[:: max(1, len(here) // _SEEDS)]
        near = ((tried @ here.T) > np.cos(np.radians(7))) @ own
        direction = tried[near.argmax()]
        for _ in range(4):
            close = here @ direction > np.cos(np.radians(9))
            direction = (own[close, None] * here[close]).sum(axis=0)
            direction /= np.linalg.norm(direction)
        share = float(own[here @ direction > np.cos(np.radians(12))].sum())
        if share < _LEAST_SHARE:
            break
        found.append(direction)
        shares.append(share)
        left &= normals @ direction < np.cos(np.radians(14))
    return np.array(found).reshape(-1, 3), np.array(shares)


def outer_offset(along_um: NDArray[np.float64], weights: NDArray[np.float64], step_um: float) -> float:
    """Offset of the outermost plane that much of a surface lies on.

    Parameters
    ----------
    along_um : ndarray, shape (point,)
        Offsets of its points along the normal, µm.
    weights : ndarray, shape (point,)
        Weights.
    step_um : float
        Width of the classes that they are counted in, µm.

    Returns
    -------
    float
        µm: faces of a bite that look the same way lie further in.
    """
    low = float(along_um.min())
    bins = ((along_um - low) / step_um).astype(int)
    counts = np.convolve(np.bincount(bins, weights), np.ones(3), mode="same")
    return low + (float(np.flatnonzero(counts >= 0.4 * counts.max())[-1]) + 0.5) * step_um - 0.5 * step_um


def fitted_plane(
    points_um: NDArray[np.float64],
    normals: NDArray[np.float64],
    weights: NDArray[np.float64],
    blur_um: float,
) -> tuple[NDArray[np.float64], float]:
    """Plane through points by least squares.

    Their own normals decide where the points, as on a narrow face, do not.

    Parameters
    ----------
    points_um, normals : ndarray, shape (point, 3)
        Points, µm, and outward unit normals there, axes (z, y, x).
    weights : ndarray, shape (point,)
        Weights.
    blur_um : float
        Blur of the surface, µm.

    Returns
    -------
    normal : ndarray, shape (3,)
    offset_um : float
    """
    share = weights / weights.sum()
    middle = share @ points_um
    about = points_um - middle
    mean = share @ normals
    mean /= np.linalg.norm(mean)
    form = (share[:, None] * about).T @ about + 0.15 * blur_um**2 * (np.eye(3) - np.outer(mean, mean))
    normal: NDArray[np.float64] = np.linalg.eigh(form)[1][:, 0]
    normal = normal * np.sign(normal @ mean)
    return normal, float(normal @ middle)


def between_voxels(
    centres_um: NDArray[np.float64],
    inside: NDArray[np.bool_],
    normal: NDArray[np.float64],
    offset_um: float,
    width_um: float,
) -> tuple[NDArray[np.float64], float]:
    """Move a plane between the voxels that lie inside and those that lie outside: logistic regression.

    Centres on both sides tell where a plane runs more sharply than a blurred surface, and edges do not round them.

    Parameters
    ----------
    centres_um : ndarray, shape (voxel, 3)
        Centres (z, y, x) of voxels beside the facet, µm.
    inside : ndarray of bool, shape (voxel,)
        Which of them are of the crystal.
    normal : ndarray, shape (3,)
        Normal of the plane before.
    offset_um : float
        Its offset, µm.
    width_um : float
        Width of the logistic function, µm: how far a voxel may be on the wrong side before it counts fully.

    Returns
    -------
    normal : ndarray, shape (3,)
    offset_um : float
        The plane as it was where the voxels do not say better.
    """
    middle = centres_um.mean(axis=0)
    across = np.linalg.svd(normal[None])[2][1:]
    about = centres_um - middle
    # Lean along two directions in the plane, and offset; the normal's length changes in second order only.
    columns = np.column_stack([about @ across.T, -np.ones(len(about))])
    steps = np.zeros(3)
    scale = np.array([0.02, 0.02, 0.5 * width_um])
    for _ in range(12):
        away = (about @ normal - (offset_um - middle @ normal) + columns @ steps) / width_um
        probability = 1 / (1 + np.exp(np.clip(away, -40, 40)))
        slope = columns.T @ (probability - inside) / width_um
        curve = (columns * (probability * (1 - probability))[:, None]).T @ columns / width_um**2
        # A weak pull to where the plane was keeps it there where all voxels lie on one side.
        curve += np.diag(1 / scale**2) * 0.1
        slope += -0.1 * steps / scale**2
        move = np.linalg.solve(curve, slope)
        steps += np.clip(move, -scale * 2, scale * 2)
        if np.abs(move / scale).max() < 1e-3:
            break
    turned = normal + steps[:2] @ across
    length = float(np.linalg.norm(turned))
    # r . n - o with the centres' middle as origin, divided by the length.
    offset = (offset_um - middle @ normal + steps[2]) / length
    made: NDArray[np.float64] = turned / length
    return made, float(offset + middle @ made)


def bend_degrees(
    points_um: NDArray[np.float64],
    normals: NDArray[np.float64],
    weights: NDArray[np.float64],
    normal: NDArray[np.float64],
) -> float:
    """How far the surface turns from one side of a facet to the other: about 0 on a flat face.

    Parameters
    ----------
    points_um, normals : ndarray, shape (point, 3)
        Points, µm, and outward unit normals there, axes (z, y, x).
    weights : ndarray, shape (point,)
        Weights.
    normal : ndarray, shape (3,)
        Normal of the facet.

    Returns
    -------
    float
        Degrees, from the regression of the normals on their places, along the direction that turns most.
    """
    across = np.linalg.svd(normal[None])[2][1:]
    share = weights / weights.sum()
    about = (points_um - share @ points_um) @ across.T
    lean = (normals - share @ normals) @ across.T
    spread = (share[:, None] * about).T @ about
    slope = np.linalg.solve(
        spread + 1e-9 * np.trace(spread) * np.eye(2) + 1e-12 * np.eye(2), (share[:, None] * about).T @ lean
    )
    # An even strip is the square root of 12 times as wide as its standard deviation.
    values, vectors = np.linalg.eigh(spread)
    turns = np.linalg.norm(vectors.T @ slope, axis=1) * np.sqrt(12 * np.maximum(values, 0))
    return float(np.degrees(turns.max()))
