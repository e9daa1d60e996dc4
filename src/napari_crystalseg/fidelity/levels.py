"""Levels: the voxel value of each class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..labels import Material
from .same_shape import check_same_shape


def class_levels(
    voxel_values: NDArray[np.floating], classes: NDArray[np.integer], margin_px: int = 3
) -> dict[Material, float]:
    """Median voxel value of each class, away from its borders.

    Parameters
    ----------
    voxel_values : ndarray, shape (row, column) or (z, y, x)
        Reconstructed voxel values.
    classes : ndarray of int, same shape
        Codes of :class:`~napari_crystalseg.labels.Material`; others are left out.
    margin_px : int
        Pixels from any other class that count; fringes and blur reach less far.

    Returns
    -------
    dict of Material to float
        Without classes that are nowhere as thick as two margins.

    Raises
    ------
    InputError
        Classes of another shape.
    """
    from scipy.ndimage import distance_transform_edt

    check_same_shape(voxel_values, classes, "classes")
    levels = {}
    for material in Material:
        mask = classes == material
        if not mask.any():
            continue
        # Beyond the edge of the picture the class goes on.
        inner = mask if margin_px == 0 or mask.all() else distance_transform_edt(mask) > margin_px
        if inner.any():
            levels[material] = float(np.median(voxel_values[inner]))
    return levels


def level_ratio(levels: Mapping[Material, float], of: Material, to: Material) -> float | None:
    """Ratio of two levels over that of air: for reconstructions, of the attenuation coefficients.

    Returns
    -------
    float or None
        None where one of the levels, or air, is not known, or ``to`` is as air.
    """
    if not {of, to, Material.AIR} <= levels.keys() or levels[to] == levels[Material.AIR]:
        return None
    return (levels[of] - levels[Material.AIR]) / (levels[to] - levels[Material.AIR])
