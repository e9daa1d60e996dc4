from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.segmentation.grids.normalisation import normalise
from napari_crystalseg.segmentation.prediction.sample_box import box_about, find_sample


def test_box_holds_a_thin_fibre_and_ignores_noise():
    voxel_values = np.random.default_rng(1).normal(0, 0.3, (48, 50, 54)).astype(np.float32)
    voxel_values[10:40, 20:32, 24:30] += 1
    voxel_values[4:10, 26:28, 26:28] += 1  # two voxels thick
    z, y, x = find_sample(voxel_values)
    assert (z.start, z.stop) == (pytest.approx(0, abs=1), pytest.approx(44, abs=1))
    assert (y.start, y.stop) == (pytest.approx(16, abs=1), pytest.approx(36, abs=1))
    assert (x.start, x.stop) == (pytest.approx(20, abs=1), pytest.approx(34, abs=1))


def test_nothing_brighter_than_air_keeps_the_field():
    assert find_sample(np.zeros((6, 7, 8), dtype=np.float32)) == (slice(0, 6), slice(0, 7), slice(0, 8))


def test_box_holds_a_drop_beside_a_thick_metal_pin():
    z, y, x = np.ogrid[:48, :48, :48]
    disc = (y - 24) ** 2 + (x - 24) ** 2
    voxel_values = np.random.default_rng(0).normal(0, 0.1, (48, 48, 48))
    voxel_values[disc + (z - 34) ** 2 < 64] += 1
    voxel_values += 9 * (disc + 0 * z < 100) * (z < 24)
    normalised = normalise(voxel_values)
    assert normalised[34, 24, 24] < 0.2  # the pin is taken for the sample
    along_z, y, x = find_sample(normalised)
    assert along_z.start == 0
    assert 42 <= along_z.stop < 48
    assert 10 <= y.start < y.stop <= 39


def test_halo_does_not_widen_the_box():
    voxel_values = np.random.default_rng(1).normal(0, 0.1, (48, 48, 48)).astype(np.float32)
    voxel_values[20:30, 20:30, 20:30] += 1
    alone = find_sample(voxel_values)
    voxel_values[18:32, 18:32, 36:40] += 0.2
    assert find_sample(voxel_values) == alone


@pytest.mark.parametrize("slices", [1, 3, 48])
def test_a_dim_drop_in_a_slice_is_held_as_in_a_volume(slices):
    voxel_values = np.random.default_rng(2).normal(0, 0.02, (slices, 60, 60)).astype(np.float32)
    voxel_values[:, 8:24, 20:40] += 1
    voxel_values[:, 34:50, 20:40] += 0.2  # dimmer than what is found at once, but sixteen voxels thick
    _, y, x = find_sample(voxel_values)
    assert (y.start, y.stop) == (pytest.approx(4, abs=1), pytest.approx(54, abs=2))
    assert (x.start, x.stop) == (pytest.approx(16, abs=1), pytest.approx(44, abs=1))


def test_box_ends_at_the_field():
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[0, 2, 3:5] = True
    assert box_about(mask, (2, 0, 1, 9, 3, 1)) == (slice(0, 1), slice(1, 6), slice(0, 6))
