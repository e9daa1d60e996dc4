"""Areas of a crystal's surface, by voxel faces, and of the part of it that touches something."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def touching(
    crystal: NDArray[np.bool_], other: NDArray[np.bool_], voxel_size: tuple[float, float, float]
) -> tuple[float, NDArray[np.bool_]]:
    """Measure how much of a surface touches something else.

    Parameters
    ----------
    crystal, other : ndarray of bool, shape (z, y, x)
        What has the surface, and what may touch it.
    voxel_size : (float, float, float)
        Voxel size along (z, y, x), in any unit.

    Returns
    -------
    share : float
        Area of the faces between both, as part of all faces of the surface within the array; 0 where there is none.
    voxels : ndarray of bool, shape (z, y, x)
        Voxels of the crystal with such a face.
    """
    all_area = own_area = 0.0
    voxels = np.zeros(crystal.shape, dtype=bool)
    for axis, size in enumerate(voxel_size):
        area = voxel_size[0] * voxel_size[1] * voxel_size[2] / size
        here, there = np.moveaxis(crystal, axis, 0), np.moveaxis(other, axis, 0)
        found = np.moveaxis(voxels, axis, 0)
        for low, high in ((slice(None, -1), slice(1, None)), (slice(1, None), slice(None, -1))):
            touches = here[low] & there[high]
            found[low] |= touches
            all_area += area * int(np.count_nonzero(here[low] & ~here[high]))
            own_area += area * int(np.count_nonzero(touches))
    return (own_area / all_area if all_area else 0.0), voxels
