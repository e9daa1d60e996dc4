"""One crystal of labels, and its surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....errors import InputError
from ....labels import Material
from ..class_box import with_margin
from ..pieces.piece import Piece, piece_under, pieces_of
from .surface_points import SurfacePoints, surface_points

BLURS = (1.0, 1.7, 2.6)
"""Blurs of the surface that are tried, in units of what the steps of voxels need: rough labels need more."""


def crystal_piece(
    labels: NDArray[np.uint8],
    voxel_size_um: tuple[float, float, float],
    voxel: tuple[int, int, int] | None,
    label: int,
) -> Piece:
    """Return the crystal under a voxel, or the largest.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    voxel : (int, int, int) or None
        Index along (z, y, x).
    label : int
        Code of the crystal's class.

    Returns
    -------
    Piece

    Raises
    ------
    InputError
        There is none.
    """
    if voxel is None:
        pieces = pieces_of(labels, label, voxel_size_um)
        if not pieces:
            raise InputError(f"The labels hold no {Material(label).title}; there is nothing to fit facets to.")
        return pieces[0]
    if labels[voxel] != label:
        raise InputError(f"There is no {Material(label).title} under the cursor; point at the crystal.")
    return piece_under(labels, voxel, voxel_size_um)


def piece_surface(
    labels: NDArray[np.uint8], piece: Piece, voxel_size_um: tuple[float, float, float], blur: float = 1.0
) -> SurfacePoints:
    """Return the surface of a piece of labels of shape (z, y, x), as :func:`surface_points`."""
    margin_um = 4.5 * blur * max(voxel_size_um)
    box: Box = with_margin(piece.box, margin_um, voxel_size_um, labels.shape)
    mask = np.zeros(tuple(side.stop - side.start for side in box), bool)
    mask[tuple(slice(s.start - o.start, s.stop - o.start) for s, o in zip(piece.box, box, strict=True))] = piece.mask
    return surface_points(mask, (box[0].start, box[1].start, box[2].start), voxel_size_um, blur)
