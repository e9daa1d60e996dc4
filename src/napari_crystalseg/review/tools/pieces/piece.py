"""Connected pieces of a class, with their volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....errors import InputError
from ....labels import Material
from ..class_box import class_box, moved_into

TOUCHING = np.ones((3, 3, 3), bool)
"""Voxels of one piece share a face, an edge or a corner: a fibre that leans across the grid stays in one piece."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One connected piece of a class.

    Parameters
    ----------
    label : Material
        Its class.
    box : (slice, slice, slice)
        Around it, along (z, y, x).
    mask : ndarray of bool, shape of the box
        Its voxels.
    volume_um3 : float
        Volume, µm³.
    """

    label: Material
    box: Box
    mask: NDArray[np.bool_]
    volume_um3: float


def numbered_pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number the connected pieces of a mask of shape (z, y, x), from 1, and count their voxels (piece,), 0 first."""
    from scipy.ndimage import label

    numbers = np.empty(mask.shape, np.int32)
    label(mask, structure=TOUCHING, output=numbers)
    counts = np.bincount(numbers.reshape(-1))
    counts[0] = 0
    return numbers, counts


def pieces_of(labels: NDArray[np.uint8], label: int, voxel_size_um: tuple[float, float, float]) -> tuple[Piece, ...]:
    """List the connected pieces of a class, largest first.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    label : int
        Code of the class.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.

    Returns
    -------
    tuple of Piece
    """
    from scipy.ndimage import find_objects

    box = class_box(labels, label)
    if box is None:
        return ()
    numbers, counts = numbered_pieces(labels[box] == label)
    voxel_um3 = float(np.prod(voxel_size_um))
    boxes = find_objects(numbers)
    order = np.argsort(-counts[1:], kind="stable")
    return tuple(
        Piece(
            Material(label),
            moved_into(boxes[index], box),
            numbers[boxes[index]] == index + 1,
            int(counts[index + 1]) * voxel_um3,
        )
        for index in order
    )


def piece_under(
    labels: NDArray[np.uint8], voxel: tuple[int, int, int], voxel_size_um: tuple[float, float, float]
) -> Piece:
    """Return the connected piece that a voxel (z, y, x) belongs to, of whichever class.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel : (int, int, int)
        Index along (z, y, x).
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.

    Returns
    -------
    Piece

    Raises
    ------
    InputError
        The voxel is outside the labels, or its code is no class.
    """
    from scipy.ndimage import find_objects

    if not all(0 <= index < length for index, length in zip(voxel, labels.shape, strict=True)):
        raise InputError(f"Voxel {voxel} is outside the labels of {labels.shape} voxels.")
    label = int(labels[voxel])
    if label > max(Material):
        raise InputError(f"The voxel under the cursor has the code {label}, which is no class; give it one first.")
    box = class_box(labels, label)
    assert box is not None  # the voxel itself is of the class
    numbers, _ = numbered_pieces(labels[box] == label)
    z, y, x = (index - side.start for index, side in zip(voxel, box, strict=True))
    number = int(numbers[z, y, x])
    inner = find_objects(numbers)[number - 1]
    mask = numbers[inner] == number
    volume_um3 = int(np.count_nonzero(mask)) * float(np.prod(voxel_size_um))
    return Piece(Material(label), moved_into(inner, box), mask, volume_um3)
