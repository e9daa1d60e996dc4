"""Holes: what a class encloses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....checks import checked_number
from ....labels import Material
from ...edits.change import Change
from ..class_box import class_box
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene

OVER = (Material.AIR, Material.LIQUOR, Material.OTHER)
"""Classes that holes are filled over when nothing else is said: a crystal in its liquor is no hole."""


def fill_holes(
    labels: NDArray[np.uint8],
    label: int,
    voxel_size_um: tuple[float, float, float],
    largest_um3: float = np.inf,
    over: tuple[int, ...] = OVER,
) -> Change | None:
    """Give what a class encloses to it.

    A hole is a connected part, over voxel faces, of what is not of the class, and does not reach the border of
    the field.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    label : int
        Code of the class that encloses.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    largest_um3 : float
        Larger holes stay, µm³.
    over : tuple of int
        Classes that may be filled over; a hole that holds another class stays whole.

    Returns
    -------
    Change or None
    """
    from scipy.ndimage import label as number

    largest = checked_number(largest_um3, "The volume of the largest hole in µm³")
    box = class_box(labels, label)
    if box is None:
        return None
    # What is outside the box of the class is not enclosed by it, and what reaches the box's side is neither: it goes
    # on outside, or is cut by the border of the field.
    here = labels[box]
    numbers = np.empty(here.shape, np.int32)
    count = number(here != label, output=numbers)
    if not count:
        return None
    filled = np.bincount(numbers.reshape(-1), minlength=count + 1) * np.prod(voxel_size_um) <= largest
    filled[0] = False
    for axis in range(3):
        for end in (0, -1):
            filled[np.unique(np.take(numbers, end, axis=axis))] = False
    forbidden = np.ones(256, bool)
    forbidden[[int(label), *map(int, over)]] = False
    filled[np.unique(numbers[forbidden[here]])] = False
    return proposed(labels, box, np.where(filled[numbers], np.uint8(label), here))


@dataclass(frozen=True)
class FillHoles:
    """Fill what the chosen class encloses.

    Parameters
    ----------
    largest_um3 : float
        Larger holes stay, µm³; 0 for no limit.
    """

    largest_um3: Annotated[float, {"min": 0.0, "max": 1e9, "label": "up to, µm³ (0: all)"}] = 0.0

    title: ClassVar[str] = "Fill holes"
    key: ClassVar[str] = "Shift-H"
    hint: ClassVar[str] = "Air, liquor and other that the chosen class encloses on all sides become of that class."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the holes that would be filled."""
        largest = self.largest_um3 if self.largest_um3 > 0 else np.inf
        return fill_holes(scene.labels, scene.label, scene.voxel_size_um, largest)
