"""Make a crystal convex: bites, notches and holes of its labels become crystal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....labels import Material
from ...edits.change import Change
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene
from .crystal_surface import crystal_piece
from .facet_tools import crystal_under_cursor

OVER = (Material.LIQUOR, Material.AIR)
"""Classes that become crystal when nothing else is said: a loop may notch a crystal that grew about it."""
_FEWEST_BESIDE = 5
"""Of the 26 voxels beside one, so many are of the crystal at the tip of a sharp corner."""


def make_convex(
    labels: NDArray[np.uint8],
    voxel_size_um: tuple[float, float, float],
    voxel: tuple[int, int, int] | None = None,
    over: tuple[int, ...] = OVER,
    label: int = Material.CRYSTAL,
) -> Change | None:
    """Give a crystal all that lies between its parts, as a crystal that grew freely is convex.

    Voxels that hang on by few others, as spurs of the width of a voxel, do not count as its parts. What is
    missing of a corner or a face does not come back: see :func:`.snap_to_facets`.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    voxel : (int, int, int), optional
        Index along (z, y, x) of a voxel of the crystal; the largest piece where not given.
    over : tuple of int
        Classes that become crystal within the hull.
    label : int
        Code of the crystal's class.

    Returns
    -------
    Change or None

    Raises
    ------
    InputError
        No crystal there, or one that lies in a plane.
    """
    from scipy.ndimage import uniform_filter

    piece = crystal_piece(labels, voxel_size_um, voxel, label)
    beside = uniform_filter(piece.mask.astype(np.float32), 3, mode="constant") * 27 - 1
    body = piece.mask & (beside > _FEWEST_BESIDE - 0.5)
    hull = hull_of(body if body.any() else piece.mask)
    here = labels[piece.box]
    return proposed(labels, piece.box, np.where(hull & np.isin(here, over), np.uint8(label), here))


def hull_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the convex hull of the centres of a mask's voxels, shape (z, y, x): which centres lie in it.

    Raises
    ------
    InputError
        All voxels lie in a plane.
    """
    from scipy.spatial import ConvexHull, QhullError

    rows = mask.any(axis=2)
    z, y = np.nonzero(rows)
    first = mask.argmax(axis=2)[rows]
    last = mask.shape[2] - 1 - mask[:, :, ::-1].argmax(axis=2)[rows]
    ends = np.concatenate([np.stack([z, y, first], 1), np.stack([z, y, last], 1)])
    try:
        planes = ConvexHull(ends).equations
    except QhullError as error:
        raise InputError("The crystal lies in a plane, so it has no convex hull; draw more of it.") from error
    # Along each row of voxels a half-space is an interval, and so is the hull.
    low = np.full(mask.shape[:2], -np.inf)
    high = np.full(mask.shape[:2], np.inf)
    at_z, at_y = np.arange(mask.shape[0])[:, None], np.arange(mask.shape[1])[None, :]
    for nz, ny, nx, offset in planes:
        rest = -(nz * at_z + ny * at_y + offset) + 1e-6
        if abs(nx) < 1e-9:
            high = np.where(rest < 0, -np.inf, high)
        elif nx > 0:
            high = np.minimum(high, rest / nx)
        else:
            low = np.maximum(low, rest / nx)
    x = np.arange(mask.shape[2])
    found: NDArray[np.bool_] = (x >= low[:, :, None]) & (x <= high[:, :, None])
    return found


@dataclass(frozen=True)
class MakeConvex:
    """Make the crystal convex.

    Parameters
    ----------
    over_loop : bool
        Loop within the hull becomes crystal too.
    """

    over_loop: Annotated[bool, {"label": "over loop too"}] = False

    title: ClassVar[str] = "Make convex"
    key: ClassVar[str] = "Shift-V"
    hint: ClassVar[str] = "What lies between parts of the crystal becomes crystal: bites, notches and holes."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the crystal without bites."""
        over = (*OVER, Material.LOOP) if self.over_loop else OVER
        return make_convex(scene.labels, scene.voxel_size_um, crystal_under_cursor(scene), over, scene.label)
