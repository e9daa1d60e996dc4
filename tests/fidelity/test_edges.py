from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.fidelity.edges import edge_profile


def radius(size: int) -> np.ndarray:
    axis = np.arange(size) - (size - 1) / 2
    return np.hypot(axis[:, np.newaxis], axis)


def test_the_overshoot_of_a_disc_is_that_of_its_rim():
    r = radius(121)
    voxel_values = np.select([r < 37.3, r < 40.3, r < 43.3], [2.1, 2.7, -0.1], 0.1)
    profile = edge_profile(voxel_values, r < 40.3)
    assert (profile.air, profile.plateau) == (pytest.approx(0.1), pytest.approx(2.1))
    assert profile.overshoot == pytest.approx(0.3)
    assert profile.undershoot == pytest.approx(0.1)
    assert profile.relative[profile.depth_px == 8] == pytest.approx(1)


def test_only_what_is_counted_has_an_edge():
    voxel_values = np.zeros((60, 60))
    voxel_values[:, 30:] = 1.0
    voxel_values[:30, 30] = 1.5
    voxel_values[30:, 30] = 1.2
    counted = np.arange(60)[:, np.newaxis] >= np.full(60, 30)
    assert edge_profile(voxel_values, voxel_values > 0).overshoot == pytest.approx(0.35)
    assert edge_profile(voxel_values, voxel_values > 0, counted).overshoot == pytest.approx(0.2)
    with pytest.raises(InputError, match="sample that is counted"):
        edge_profile(voxel_values, voxel_values > 0, voxel_values == 0)
