"""Patches: a mask divided into connected pieces that a person mends with one stroke."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .shapes import FEWEST_VOXELS, pieces

_SAMPLED_POINTS = 2000
_MOST_PATCHES = 24
_STEPS = 5


def patches(
    mask: NDArray[np.bool_],
    voxel_size_um: tuple[float, float, float],
    patch_um: float,
    fewest_voxels: int = FEWEST_VOXELS,
) -> Iterator[tuple[tuple[slice, slice, slice], NDArray[np.bool_]]]:
    """Yield connected pieces (faces, edges or corners shared) of a mask, those that are larger than a patch divided.

    A piece is divided as Gonzalez (1985, Theor. Comput. Sci. 38, 293) does: each new middle is the voxel farthest from
    those before, until all voxels are within a patch's radius of one; then the middles move to the means of their
    parts a few times (Lloyd, 1982). Of the shell of a crystal these are about its faces.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        What to divide.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    patch_um : float
        Diameter of a patch, µm.
    fewest_voxels : int
        Smaller pieces are left out.

    Yields
    ------
    box, mask
        Box in the mask, and the voxels in it.
    """
    for box, piece in pieces(mask, fewest_voxels):
        points = np.argwhere(piece)
        part = _parts(points * np.array(voxel_size_um), patch_um)
        if part is None:
            yield box, piece
            continue
        for number in range(part.max() + 1):
            own = np.zeros(piece.shape, dtype=bool)
            own[tuple(points[part == number].T)] = True
            for inner, connected in pieces(own, fewest_voxels):
                z, y, x = (slice(a.start + b.start, a.start + b.stop) for a, b in zip(box, inner, strict=True))
                yield (z, y, x), connected


def _parts(points: NDArray[np.float64], patch_um: float) -> NDArray[np.int64] | None:
    """Number of the part of each point, shape (point, 3) in µm; None where one patch holds them all."""
    from scipy.spatial import cKDTree

    some = points[:: max(1, len(points) // _SAMPLED_POINTS)]
    middle = some.mean(axis=0)
    distance = np.linalg.norm(some - middle, axis=1)
    if distance.max() <= patch_um / 2:
        return None
    middles = [some[distance.argmax()]]
    distance = np.linalg.norm(some - middles[0], axis=1)
    while distance.max() > 0.6 * patch_um and len(middles) < _MOST_PATCHES:
        middles.append(some[distance.argmax()])
        distance = np.minimum(distance, np.linalg.norm(some - middles[-1], axis=1))
    if len(middles) == 1:
        return None
    centres = np.array(middles)
    for _ in range(_STEPS):
        nearest = cKDTree(centres).query(some)[1]
        for number in range(len(centres)):
            if (nearest == number).any():
                centres[number] = some[nearest == number].mean(axis=0)
    return np.asarray(cKDTree(centres).query(points)[1], dtype=np.int64)
