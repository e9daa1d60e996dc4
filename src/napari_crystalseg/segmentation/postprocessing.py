"""What a segmentation is cleaned of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..labels import Material


def keep_largest_crystal(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Keep the largest connected piece of crystal.

    Every smaller piece takes the class that most of the voxels around it have. Voxels are connected through faces. Of
    pieces of the same size the first in memory order is kept.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Codes of :class:`~napari_crystalseg.labels.Material`.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
        The same array where there is at most one piece, otherwise a changed copy.
    """
    from scipy.ndimage import binary_dilation, find_objects, label

    # Pieces are sought in the crystal's bounding box only: their numbers take four bytes a voxel.
    box = _bounding_box(labels == Material.CRYSTAL)
    if box is None:
        return labels
    pieces, count = label(labels[box] == Material.CRYSTAL)
    if count < 2:
        return labels
    sizes = np.bincount(pieces.reshape(-1))
    sizes[0] = 0
    largest = int(sizes.argmax())
    cleaned = labels.copy()
    for number, place in enumerate(find_objects(pieces), start=1):
        if number == largest:
            continue
        # The piece and one voxel around it, on the grid of the whole.
        around = tuple(
            slice(max(outer.start + inner.start - 1, 0), min(outer.start + inner.stop + 1, length))
            for outer, inner, length in zip(box, place, labels.shape, strict=True)
        )
        piece = np.zeros([part.stop - part.start for part in around], dtype=bool)
        inside = tuple(
            slice(outer.start + inner.start - part.start, outer.start + inner.stop - part.start)
            for outer, inner, part in zip(box, place, around, strict=True)
        )
        piece[inside] = pieces[place] == number
        rim = binary_dilation(piece) & ~piece
        neighbours = np.bincount(labels[around][rim], minlength=len(Material))
        neighbours[Material.CRYSTAL] = 0
        cleaned[around][piece] = neighbours.argmax()
    return cleaned


def _bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice, slice] | None:
    spans = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        filled = np.flatnonzero(mask.any(axis=others))
        if filled.size == 0:
            return None
        spans.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return spans[0], spans[1], spans[2]
