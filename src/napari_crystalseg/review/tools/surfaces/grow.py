"""Grow and shrink a class by a distance in µm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....checks import checked_number
from ....labels import Material
from ...edits.change import Change
from ..class_box import class_box, with_margin
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene

_JUST = 1 + 1e-9


def grow(
    labels: NDArray[np.uint8],
    label: int,
    by_um: float,
    voxel_size_um: tuple[float, float, float],
    over: tuple[int, ...] = (Material.AIR, Material.LIQUOR, Material.OTHER),
) -> Change | None:
    """Grow a class by a distance, over some classes.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    label : int
        Code of the class.
    by_um : float
        Voxels whose centre is that near, in a straight line, to one of the class are won, µm.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    over : tuple of int
        Classes that may be overwritten.

    Returns
    -------
    Change or None
    """
    from scipy.ndimage import distance_transform_edt

    by_um = checked_number(by_um, "The distance to grow by in µm")
    tight = class_box(labels, label)
    if tight is None:
        return None
    box = with_margin(tight, by_um, voxel_size_um, labels.shape)
    here = labels[box]
    near = distance_transform_edt(here != label, sampling=voxel_size_um) <= by_um * _JUST
    return proposed(labels, box, np.where(near & np.isin(here, over), np.uint8(label), here))


def shrink(
    labels: NDArray[np.uint8],
    label: int,
    by_um: float,
    voxel_size_um: tuple[float, float, float],
    becomes: int | None = None,
) -> Change | None:
    """Shrink a class by a distance.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    label : int
        Code of the class.
    by_um : float
        Voxels whose centre is that near, in a straight line, to one of another class are lost, µm. The border of the
        field is no other class.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    becomes : int, optional
        Class of what is lost; that of the nearest other voxel where not given.

    Returns
    -------
    Change or None
    """
    from scipy.ndimage import distance_transform_edt

    by_um = checked_number(by_um, "The distance to shrink by in µm")
    tight = class_box(labels, label)
    if tight is None:
        return None
    box = with_margin(tight, 0.0, voxel_size_um, labels.shape)
    here = labels[box]
    own = here == label
    if own.all():
        return None
    if becomes is not None:
        lost = own & (distance_transform_edt(own, sampling=voxel_size_um) <= by_um * _JUST)
        return proposed(labels, box, np.where(lost, np.uint8(becomes), here))
    apart, nearest = distance_transform_edt(own, sampling=voxel_size_um, return_indices=True)
    return proposed(labels, box, np.where(own & (apart <= by_um * _JUST), here[tuple(nearest)], here))


@dataclass(frozen=True)
class Grow:
    """Grow the chosen class.

    Parameters
    ----------
    by_um : float
        Distance, µm.
    over : Material
        Class that is overwritten.
    """

    by_um: Annotated[float, {"min": 0.0, "max": 1000.0, "label": "by, µm"}] = 1.0
    over: Annotated[Material, {"label": "over"}] = Material.LIQUOR

    title: ClassVar[str] = "Grow"
    key: ClassVar[str] = "Shift-G"
    hint: ClassVar[str] = "The chosen class grows by this distance over one other class."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return what the class would win."""
        return grow(scene.labels, scene.label, self.by_um, scene.voxel_size_um, (self.over,))


@dataclass(frozen=True)
class Shrink:
    """Shrink the chosen class.

    Parameters
    ----------
    by_um : float
        Distance, µm.
    """

    by_um: Annotated[float, {"min": 0.0, "max": 1000.0, "label": "by, µm"}] = 1.0

    title: ClassVar[str] = "Shrink"
    key: ClassVar[str] = "Shift-S"
    hint: ClassVar[str] = "The chosen class shrinks by this distance; what it loses becomes what is nearest."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return what the class would lose."""
        return shrink(scene.labels, scene.label, self.by_um, scene.voxel_size_um)
