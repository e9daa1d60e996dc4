"""Bubbles of gas in the liquor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..mounts.mount import Grid


def placed_bubbles(
    rng: np.random.Generator,
    radii_um: Sequence[float],
    grid: Grid,
    liquor: NDArray[np.float32],
    solid: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Place spherical bubbles inside the liquor, clear of its surface, the solids and each other.

    Surface tension keeps a bubble round: its Bond number is as small as the drop's. Largest first; a bubble that
    finds no room is left out.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the places.
    radii_um : sequence of float
        Radii, µm.
    grid : Grid
        Coordinates of the grid, evenly spaced and alike along each axis.
    liquor, solid : ndarray, shape (z, y, x)
        Signed distance to the liquor's surface (negative inside) and to the nearest solid, µm.

    Returns
    -------
    ndarray, shape (bubble, 4)
        Centre (z, y, x) and radius, µm, as :class:`napari_crystalseg.phantom.Sample` takes them.

    Raises
    ------
    InputError
        A radius that is not positive, or a grid that is not spaced alike along each axis.
    """
    from scipy.ndimage import distance_transform_edt

    if any(not radius > 0 for radius in radii_um):
        raise InputError("Bubbles need positive radii.")
    steps = np.concatenate([np.diff(axis) for axis in grid])
    if min(axis.size for axis in grid) < 2 or not np.allclose(steps, steps[0], rtol=1e-3):
        raise InputError("Bubbles need a grid of two nodes or more along each axis, spaced alike along all of them.")
    size = float(steps[0])
    inside = np.pad((liquor < 0) & (solid > 0), 1)
    # One voxel of liquor is left around a bubble.
    room = (distance_transform_edt(inside)[1:-1, 1:-1, 1:-1] - 1.5) * size
    bubbles: list[list[float]] = []
    z, y, x = grid
    for radius in sorted(radii_um, reverse=True):
        places = np.flatnonzero(room > radius)
        if not len(places):
            continue
        i, j, k = np.unravel_index(int(rng.choice(places)), room.shape)
        bubbles.append([float(z[i]), float(y[j]), float(x[k]), float(radius)])
        away = np.sqrt((z - z[i])[:, None, None] ** 2 + (y - y[j])[None, :, None] ** 2 + (x - x[k])[None, None, :] ** 2)
        room = np.minimum(room, away - radius - size)
    return np.asarray(bubbles, dtype=float).reshape(-1, 4)
