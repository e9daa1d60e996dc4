"""Which classes pieces touch, by the area of their contact."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....labels import Material


def contact_areas_um2(
    numbers: NDArray[np.int32], labels: NDArray[np.uint8], voxel_size_um: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Area over which each piece touches each class, over the faces of its voxels.

    Parameters
    ----------
    numbers : ndarray of int32, shape (z, y, x)
        Piece of each voxel, from 1; 0 for voxels of none.
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.

    Returns
    -------
    ndarray, shape (piece, class)
        µm²; the first row belongs to piece 0, which is none, and is zero. Contact with other pieces, or with codes
        that are no class, does not count.
    """
    count = int(numbers.max(initial=0)) + 1
    classes = len(Material) + 1  # the last for codes that are none
    areas = np.zeros((count, classes))
    for axis, area in enumerate(np.prod(voxel_size_um) / np.asarray(voxel_size_um)):
        low = tuple(slice(None, -1) if other == axis else slice(None) for other in range(3))
        high = tuple(slice(1, None) if other == axis else slice(None) for other in range(3))
        for own, across in ((low, high), (high, low)):
            touching = (numbers[own] > 0) & (numbers[across] == 0)
            touched = np.minimum(labels[across][touching], len(Material))
            pairs = numbers[own][touching].astype(np.int64) * classes + touched
            areas += area * np.bincount(pairs, minlength=areas.size).reshape(areas.shape)
    return areas[:, :-1]
