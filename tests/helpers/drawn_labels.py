"""Labels as a scientist might have corrected them: a plate of a mount, a drop in it, a crystal in the drop."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.labels import Labels, Material


def drawn(
    shape=(45, 41, 48), voxel_size_um=(1.0, 1.0, 1.0), *, loop=True, liquor=True, crystals=1, crystal_half=(6, 5, 8)
) -> Labels:
    """Make labels; everything is in µm, so that another voxel size shows the same sample."""
    z, y, x = np.meshgrid(
        *((np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, voxel_size_um, strict=True)),
        indexing="ij",
        sparse=True,
    )
    data = np.zeros(shape, np.uint8)
    if liquor:
        data[(z / 15) ** 2 + (y / 12) ** 2 + (x / 15) ** 2 < 1] = Material.LIQUOR
    if loop:
        ring = np.hypot(z, x)
        data[(np.abs(y) < 3) & (ring > 14) & (ring < 19)] = Material.LOOP
        data[(np.abs(y) < 3) & (np.abs(x) < 5) & (z > 14)] = Material.LOOP
    places = [0.0] if crystals == 1 else [-7.0, 7.0]
    scale = 1.0 if crystals == 1 else 0.5
    for place in places[:crystals]:
        inside = (
            (np.abs(z) < crystal_half[0] * scale)
            & (np.abs(y) < crystal_half[1] * scale)
            & (np.abs(x - place) < crystal_half[2] * scale)
        )
        data[inside] = Material.CRYSTAL
    return Labels(data, voxel_size_um)
