"""Necks: a piece whose parts are joined by something thin is split there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....box import box_of, grown
from ....checks import checked_number
from ....errors import InputError
from ....labels import Material
from ...edits.change import Change
from ..class_box import moved_into
from ..need import Need
from ..scene import Scene
from .piece import Piece, numbered_pieces, piece_under


def split_at_necks(
    mask: NDArray[np.bool_], neck_um: float, voxel_size_um: tuple[float, float, float]
) -> NDArray[np.int32]:
    """Divide a mask where it is thinner than a neck.

    The parts are what the mask falls into when everything within half the neck's width of its surface is taken away;
    what was taken goes to the part from which a watershed of the distance to the surface reaches it first.

    Parameters
    ----------
    mask : ndarray of bool, shape (z, y, x)
        What is to be divided.
    neck_um : float
        Widest neck that is cut, µm.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.

    Returns
    -------
    ndarray of int32, shape (z, y, x)
        Part of each voxel, from 1, largest first; 0 outside the mask. One part where there is no neck.
    """
    from scipy.ndimage import binary_dilation, distance_transform_edt
    from skimage.segmentation import watershed

    half = checked_number(neck_um, "The width of the neck in µm") / 2
    # Beyond the field the mask goes on: a crystal that leaves it is not thin at its border.
    depth = distance_transform_edt(mask, sampling=voxel_size_um)
    cores, counts = numbered_pieces(depth > half)
    if len(counts) < 3:
        return mask.astype(np.int32)
    # Inside the cores nothing is undecided: only their rims take part.
    undecided = mask & (cores == 0)
    rims = (cores > 0) & binary_dilation(undecided, np.ones((3, 3, 3), bool))
    flooded = watershed(-depth, np.where(rims, cores, 0), mask=undecided | rims, connectivity=np.ones((3, 3, 3), bool))
    parts = np.where(cores > 0, cores, flooded)
    counts = np.bincount(parts.reshape(-1), minlength=len(counts))
    counts[0] = 0
    rank = np.zeros(len(counts), np.int32)
    rank[1 + np.argsort(-counts[1:], kind="stable")] = np.arange(1, len(counts))
    return rank[parts]


def cut_between(parts: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return the voxels of smaller parts that touch a larger one, shape (z, y, x): without them no two parts touch."""
    cut = np.zeros(parts.shape, bool)
    for step in np.ndindex(3, 3, 3):
        own = tuple(slice(max(0, 1 - s), None if s <= 1 else -1) for s in step)
        across = tuple(slice(max(0, s - 1), None if s >= 1 else -1) for s in step)
        cut[own] |= (parts[own] > parts[across]) & (parts[across] > 0)
    return cut


def separate_at_necks(
    labels: NDArray[np.uint8],
    voxel: tuple[int, int, int],
    neck_um: float,
    voxel_size_um: tuple[float, float, float],
    becomes: int = Material.LIQUOR,
    whole_part: bool = False,
) -> Change | None:
    """Split the piece that a voxel belongs to at its necks.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel : (int, int, int)
        Index along (z, y, x) of a voxel of the piece.
    neck_um : float
        Widest neck that is cut, µm.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    becomes : int
        Class of the voxels in the cut, or of the part.
    whole_part : bool
        The part that holds the voxel becomes of that class, instead of the cut.

    Returns
    -------
    Change or None
        None where there is no neck, or no part is of another class.
    """
    piece = piece_under(labels, voxel, voxel_size_um)
    parts = _parts(labels, piece, neck_um, voxel_size_um)
    if parts.max() < 2:
        return None
    if whole_part:
        z, y, x = (index - side.start for index, side in zip(voxel, piece.box, strict=True))
        mask = parts == parts[z, y, x]
    else:
        mask = cut_between(parts)
    inner = box_of(mask)
    if inner is None or piece.label == becomes:
        return None
    return Change(moved_into(inner, piece.box), mask[inner], np.asarray(int(becomes)))


def _parts(
    labels: NDArray[np.uint8], piece: Piece, neck_um: float, voxel_size_um: tuple[float, float, float]
) -> NDArray[np.int32]:
    z, y, x = labels.shape
    around = grown(piece.box, (1, 1, 1), (z, y, x))
    within = tuple(
        slice(side.start - outer.start, side.stop - outer.start) for side, outer in zip(piece.box, around, strict=True)
    )
    mask = np.zeros(tuple(side.stop - side.start for side in around), bool)
    mask[within] = piece.mask
    return split_at_necks(mask, neck_um, voxel_size_um)[within]


@dataclass(frozen=True)
class SplitAtNecks:
    """Split the piece under the cursor where it is thin.

    Parameters
    ----------
    neck_um : float
        Widest neck that is cut, µm.
    becomes : Material
        Class of the cut, or of the part.
    whole_part : bool
        The part under the cursor becomes of that class, instead of the cut.
    """

    neck_um: Annotated[float, {"min": 0.0, "max": 10000.0, "label": "necks up to, µm"}] = 10.0
    becomes: Annotated[Material, {"label": "becomes"}] = Material.LIQUOR
    whole_part: Annotated[bool, {"label": "all of the part under the cursor"}] = False

    title: ClassVar[str] = "Split at necks"
    key: ClassVar[str] = "Shift-D"
    hint: ClassVar[str] = "The piece under the cursor is cut where it is thinner than this."
    needs: ClassVar[Need] = Need.POINT

    def propose(self, scene: Scene) -> Change | None:
        """Return the cut, or the part under the cursor.

        Raises
        ------
        InputError
            The piece has no neck as thin as that.
        """
        change = separate_at_necks(
            scene.labels, scene.required_voxel, self.neck_um, scene.voxel_size_um, self.becomes, self.whole_part
        )
        if change is None:
            raise InputError(
                f"The piece under the cursor has no neck up to {self.neck_um:g} µm wide; try a wider one, "
                "or point at the crystals that touch."
            )
        return change
