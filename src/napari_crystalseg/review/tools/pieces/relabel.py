"""Another class for a piece or for all of a class, and two classes swapped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....labels import Material
from ...edits.change import Change
from ..class_box import class_box
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene
from .piece import piece_under


def relabel_piece(
    labels: NDArray[np.uint8], voxel: tuple[int, int, int], becomes: int, voxel_size_um: tuple[float, float, float]
) -> Change | None:
    """Give another class to the piece that a voxel (z, y, x) belongs to.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel : (int, int, int)
        Index along (z, y, x).
    becomes : int
        Code of its class.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.

    Returns
    -------
    Change or None
        None where it is of that class.
    """
    piece = piece_under(labels, voxel, voxel_size_um)
    return None if piece.label == becomes else Change(piece.box, piece.mask, np.asarray(int(becomes)))


def merge_classes(labels: NDArray[np.uint8], label: int, into: int) -> Change | None:
    """Give all voxels of one class, in labels of shape (z, y, x), to another."""
    box = class_box(labels, label)
    if box is None or label == into:
        return None
    return Change(box, labels[box] == label, np.asarray(int(into)))


def swap_classes(labels: NDArray[np.uint8], one: int, other: int) -> Change | None:
    """Swap two classes in labels of shape (z, y, x)."""
    box = class_box(labels, one, other)
    if box is None or one == other:
        return None
    swapped = np.arange(256, dtype=np.uint8)
    swapped[[one, other]] = other, one
    return proposed(labels, box, swapped[labels[box]])


@dataclass(frozen=True)
class RelabelPiece:
    """Give the piece under the cursor to another class.

    Parameters
    ----------
    becomes : Material
        Its class.
    """

    becomes: Annotated[Material, {"label": "becomes"}] = Material.LIQUOR

    title: ClassVar[str] = "Piece to class"
    key: ClassVar[str] = "Shift-P"
    hint: ClassVar[str] = "The piece under the cursor becomes another class."
    needs: ClassVar[Need] = Need.POINT

    def propose(self, scene: Scene) -> Change | None:
        """Return the piece under the cursor in its new class."""
        return relabel_piece(scene.labels, scene.required_voxel, self.becomes, scene.voxel_size_um)


@dataclass(frozen=True)
class SwapClasses:
    """Swap the chosen class with another, or merge it into that.

    Parameters
    ----------
    other : Material
        The other class.
    merge : bool
        Only the chosen class becomes the other.
    """

    other: Annotated[Material, {"label": "with"}] = Material.LOOP
    merge: Annotated[bool, {"label": "merge into it"}] = False

    title: ClassVar[str] = "Swap classes"
    key: ClassVar[str] = ""
    hint: ClassVar[str] = "All of the chosen class becomes the other, and the other way about unless they are merged."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the classes swapped or merged.

        Raises
        ------
        InputError
            Both are the same.
        """
        if scene.label == self.other:
            raise InputError(f"The chosen class is {self.other.title} itself; choose another.")
        if self.merge:
            return merge_classes(scene.labels, scene.label, self.other)
        return swap_classes(scene.labels, scene.label, self.other)
