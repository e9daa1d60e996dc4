"""Islands of a class: keep the largest piece, or remove small ones, to the class that they touch most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....box import Box, grown, joined
from ....checks import checked_number
from ....labels import Material
from ...edits.change import Change
from ..class_box import class_box
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene
from .contact import contact_areas_um2
from .piece import numbered_pieces


def keep_largest(labels: NDArray[np.uint8], label: int, voxel_size_um: tuple[float, float, float]) -> Change | None:
    """Keep the largest piece of a class, and give every other to the class that it touches most.

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
    Change or None
        None where the class is in one piece.
    """
    return _without(labels, (label,), voxel_size_um, None)


def remove_islands(
    labels: NDArray[np.uint8],
    classes: int | tuple[int, ...],
    smaller_than_um3: float,
    voxel_size_um: tuple[float, float, float],
) -> Change | None:
    """Give pieces below a volume to the class that each touches most.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    classes : int or tuple of int
        Class or classes whose pieces are judged, one class after the other.
    smaller_than_um3 : float
        Pieces of a smaller volume go, µm³.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.

    Returns
    -------
    Change or None
        None where all pieces are large enough. A piece that touches nothing else stays.
    """
    least = checked_number(smaller_than_um3, "The volume of the largest island in µm³")
    several = classes if isinstance(classes, tuple) else (classes,)
    return _without(labels, several, voxel_size_um, least)


def _without(
    labels: NDArray[np.uint8],
    classes: tuple[int, ...],
    voxel_size_um: tuple[float, float, float],
    least_um3: float | None,
) -> Change | None:
    z, y, x = labels.shape
    boxes = [found for found in (class_box(labels, label) for label in classes) if found is not None]
    if not boxes:
        return None
    box: Box = boxes[0]
    for other in boxes[1:]:
        box = joined(box, other)
    # What pieces touch lies one voxel outside.
    box = grown(box, (1, 1, 1), (z, y, x))
    after = labels[box].copy()
    for label in classes:
        numbers, counts = numbered_pieces(after == label)
        if len(counts) < 2:
            continue
        if least_um3 is None:
            going = np.arange(len(counts)) != np.argmax(counts)
        else:
            going = counts * np.prod(voxel_size_um) < least_um3
        going[0] = False
        if not going.any():
            continue
        areas = contact_areas_um2(numbers, after, voxel_size_um)
        becomes = np.where(areas.any(axis=1), areas.argmax(axis=1), label).astype(np.uint8)
        mask = going[numbers]
        after[mask] = becomes[numbers[mask]]
    return proposed(labels, box, after)


@dataclass(frozen=True)
class KeepLargest:
    """Keep the largest piece of the chosen class."""

    title: ClassVar[str] = "Keep largest"
    key: ClassVar[str] = "Shift-K"
    hint: ClassVar[str] = "Keep the largest piece of the chosen class; the others become what surrounds them."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return what would go."""
        return keep_largest(scene.labels, scene.label, scene.voxel_size_um)


@dataclass(frozen=True)
class RemoveIslands:
    """Remove small pieces.

    Parameters
    ----------
    smaller_than_um3 : float
        Pieces of a smaller volume go, µm³.
    of_all_classes : bool
        Of all classes, air too, instead of the chosen one.
    """

    smaller_than_um3: Annotated[float, {"min": 0.0, "max": 1e9, "label": "smaller than, µm³"}] = 100.0
    of_all_classes: Annotated[bool, {"label": "of all classes"}] = False

    title: ClassVar[str] = "Remove islands"
    key: ClassVar[str] = "Shift-I"
    hint: ClassVar[str] = "Pieces smaller than this become what surrounds them."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return what would go."""
        classes = tuple(map(int, Material)) if self.of_all_classes else (int(scene.label),)
        return remove_islands(scene.labels, classes, self.smaller_than_um3, scene.voxel_size_um)
