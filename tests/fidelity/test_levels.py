from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.fidelity.levels import class_levels, level_ratio
from napari_crystalseg.labels import Material


def test_levels_leave_out_fringes_at_borders():
    classes = np.zeros((24, 40, 40), dtype=np.uint8)
    classes[4:20, 6:34, 6:34] = Material.LIQUOR
    classes[7:17, 13:27, 13:27] = Material.CRYSTAL
    classes[:, 0, 0] = Material.LOOP
    voxel_values = np.select([classes == m for m in (Material.LIQUOR, Material.CRYSTAL)], [0.5, 0.38], 0.1)
    liquor = classes == Material.LIQUOR
    # Two bright layers on either side of each border.
    for axis in range(3):
        for step in (-2, -1, 1, 2):
            voxel_values[np.roll(classes, step, axis) != classes] = 9.0
    levels = class_levels(voxel_values, classes, margin_px=2)
    assert levels == {Material.AIR: 0.1, Material.LIQUOR: 0.5, Material.CRYSTAL: 0.38}
    assert voxel_values[liquor].mean() > 1
    assert level_ratio(levels, Material.CRYSTAL, Material.LIQUOR) == pytest.approx(0.7)
    assert level_ratio(levels, Material.LOOP, Material.LIQUOR) is None
