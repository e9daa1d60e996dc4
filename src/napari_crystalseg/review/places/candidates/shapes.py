"""Shapes that are doubted in labels: pieces, what a mask encloses, and films."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....labels import Material

FEWEST_VOXELS = 8
"""Smaller pieces are specks, not places."""


def pieces(mask: NDArray[np.bool_], fewest_voxels: int = 1) -> Iterator[tuple[Box, NDArray[np.bool_]]]:
    """Yield the connected pieces (faces, edges or corners shared) of a mask of shape (z, y, x).

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        What to part.
    fewest_voxels : int
        Smaller pieces are left out.

    Yields
    ------
    box, mask
        Box in the mask, and the voxels in it.
    """
    from scipy.ndimage import find_objects, label

    numbers, count = label(mask, structure=np.ones((3, 3, 3)))
    if not count:
        return
    boxes = find_objects(numbers)
    if count == 1:
        sizes = np.array([0, np.count_nonzero(mask)])
    else:
        sizes = np.bincount(numbers[mask])
    for number, box in enumerate(boxes, start=1):
        if sizes[number] >= fewest_voxels:
            yield box, numbers[box] == number


def enclosed(mask: NDArray[np.bool_]) -> Iterator[tuple[Box, NDArray[np.bool_]]]:
    """Yield connected regions (faces shared) outside a mask that do not reach the ends of its array.

    Of a single slice its own outside is meant, not what lies above and below.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        What may enclose something.

    Yields
    ------
    box, mask
        Box in the mask, and the voxels in it.
    """
    from scipy.ndimage import find_objects, label

    around = [0 if length == 1 else 1 for length in mask.shape]
    parts, count = label(~np.pad(mask, [(width, width) for width in around]))
    if count <= 1:
        return
    outside = parts[0, 0, 0]
    for number, box in enumerate(find_objects(parts), start=1):
        if number == outside or box is None:
            continue
        hole = parts[box] == number
        z, y, x = (slice(side.start - width, side.stop - width) for side, width in zip(box, around, strict=True))
        yield (z, y, x), hole


def thin_film(labels: NDArray[np.uint8], crystal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where liquor within two voxels of the crystal is thinner than two voxels: in no cube of two a side.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels with three voxels or more about the crystal, or up to the ends of the field.
    crystal : ndarray of bool, shape (z, y, x)
        The crystal in them.
    """
    liquor = labels == Material.LIQUOR
    thin: NDArray[np.bool_] = liquor & ~_in_cubes(liquor)
    # There are few of them: each is asked for crystal within two steps through faces.
    points = np.argwhere(thin)
    near = np.zeros(len(points), dtype=bool)
    padded = np.pad(crystal, 2)
    for step in itertools.product(range(-2, 3), repeat=3):
        if sum(map(abs, step)) <= 2:
            near |= padded[tuple((points + 2 + step).T)]
    thin[tuple(points[~near].T)] = False
    return thin


def _in_cubes(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Opening by cubes of two voxels a side; along an axis of one voxel they are one voxel long."""
    wide = [axis for axis, length in enumerate(mask.shape) if length > 1]
    corners: NDArray[np.bool_] = mask
    for axis in wide:
        along = np.moveaxis(corners, axis, 0)
        corners = np.moveaxis(np.logical_and(along[:-1], along[1:]), 0, axis)
    for axis in wide:
        along = np.moveaxis(corners, axis, 0)
        grown = np.zeros((along.shape[0] + 1, *along.shape[1:]), dtype=bool)
        grown[:-1] = along
        grown[1:] |= along
        corners = np.moveaxis(grown, 0, axis)
    return corners
