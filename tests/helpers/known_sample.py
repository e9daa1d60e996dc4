"""A sample with known labels and voxel values."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Quantity, Volume

VOXEL_VALUES = {Material.AIR: 0.0, Material.LIQUOR: 0.010, Material.LOOP: 0.020, Material.CRYSTAL: 0.030}
VOXEL_UM = 0.5


def sample_labels() -> Labels:
    """A crystal of 16 voxels a side in liquor, with a loop below, away from the edges."""
    data = np.zeros((40, 36, 38), dtype=np.uint8)
    data[6:34, 6:30, 6:32] = Material.LIQUOR
    data[28:34, 6:30, 15:23] = Material.LOOP
    data[10:26, 10:26, 10:26] = Material.CRYSTAL
    return Labels(data, VOXEL_UM)


def volume_of(labels: Labels, quantity: Quantity = Quantity.LINEAR_ATTENUATION) -> Volume:
    voxel_values = np.array([VOXEL_VALUES[Material(code)] for code in range(4)], dtype=np.float32)
    return Volume(voxel_values[labels.data], labels.voxel_size_um, quantity)
