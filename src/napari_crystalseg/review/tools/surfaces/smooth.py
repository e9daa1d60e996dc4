"""Smooth the surface of one class."""

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


def smooth_class(
    labels: NDArray[np.uint8],
    label: int,
    sigma_um: float,
    voxel_size_um: tuple[float, float, float],
    over: tuple[int, ...] = (Material.AIR, Material.LIQUOR, Material.OTHER),
) -> Change | None:
    """Smooth the surface of a class with a Gaussian, at the level that keeps its volume.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    label : int
        Code of the class.
    sigma_um : float
        Standard deviation of the Gaussian, µm. Roughness below about twice that goes.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    over : tuple of int
        Classes that the surface may move into; against others it stays where it is.

    Returns
    -------
    Change or None
        What the class loses becomes of the nearest of these classes.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    sigma_um = checked_number(sigma_um, "The width of smoothing in µm")
    tight = class_box(labels, label)
    if tight is None or sigma_um == 0:
        return None
    box = with_margin(tight, 3 * sigma_um, voxel_size_um, labels.shape)
    here = labels[box]
    own = here == label
    open_to = np.isin(here, over)
    if not open_to.any():
        return None
    # The share of the class among what may change: other neighbours neither draw its surface nor push it, and a speck
    # of liquor in the loop is not taken for what lies beyond the class.
    free = own | open_to
    sigma = sigma_um / np.asarray(voxel_size_um)
    share, weight = (
        gaussian_filter(mask.astype(np.float32), sigma, mode="nearest", truncate=3)[free] for mask in (own, free)
    )
    filled = np.zeros(here.shape, np.float32)
    filled[free] = share / weight
    level = _level(filled[free], int(np.count_nonzero(own)))
    inside = free & (filled > level)
    after = np.where(inside, np.uint8(label), here)
    lost = own & ~inside
    if lost.any():
        nearest = distance_transform_edt(~open_to, sampling=voxel_size_um, return_distances=False, return_indices=True)
        after[lost] = here[tuple(axis[lost] for axis in nearest)]
    return proposed(labels, box, after)


def _level(filled: NDArray[np.float32], voxels: int) -> float:
    # The level above which as many voxels lie as the class has; thin parts may be below it and go.
    if voxels >= filled.size:
        return -1.0
    return float(np.partition(filled, filled.size - voxels - 1)[filled.size - voxels - 1])


@dataclass(frozen=True)
class SmoothClass:
    """Smooth the chosen class.

    Parameters
    ----------
    sigma_um : float
        Standard deviation of the Gaussian, µm.
    """

    sigma_um: Annotated[float, {"min": 0.0, "max": 100.0, "label": "width, µm"}] = 1.5

    title: ClassVar[str] = "Smooth"
    key: ClassVar[str] = "Shift-M"
    hint: ClassVar[str] = "The surface of the chosen class is smoothed against air, liquor and other; its volume stays."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the smoothed class."""
        return smooth_class(scene.labels, scene.label, self.sigma_um, scene.voxel_size_um)
