from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.segmentation.streams.augmentation import draw_patch, vary_voxel_values
from napari_crystalseg.segmentation.streams.dataset import TrainingCase


def case(shape=(40, 36, 44)) -> TrainingCase:
    labels = np.zeros(shape, dtype=np.uint8)
    labels[10:30, 8:28, 12:36] = 1
    labels[16:24, 14:22, 18:28] = 3
    return TrainingCase(labels.astype(np.float16), labels)


def test_same_seed_same_patch():
    for seed in range(5):
        (first, one), (second, two) = (draw_patch(np.random.default_rng(seed), case(), (16, 16, 16)) for _ in range(2))
        assert np.array_equal(first, second)
        assert np.array_equal(one, two)


def test_labels_stay_on_their_voxel_values(monkeypatch):
    # Voxel values are the codes themselves: whatever is turned, scaled or mirrored, they must agree away from edges.
    monkeypatch.setattr(
        "napari_crystalseg.segmentation.streams.augmentation.vary_voxel_values",
        lambda rng, voxel_values, labels, plainness: voxel_values.copy(),
    )
    for seed in range(20):
        voxel_values, labels = draw_patch(np.random.default_rng(seed), case(), (44, 44, 44))
        assert voxel_values.shape == labels.shape
        whole = np.isin(voxel_values, (0, 1, 3))
        assert whole.mean() > 0.5
        assert np.mean(voxel_values[whole] == labels[whole]) > 0.995


def test_patch_is_the_sample_and_a_few_voxels_about_it():
    for seed in range(20):
        _, labels = draw_patch(np.random.default_rng(seed), case(), (44, 44, 44))
        for axis in range(3):
            filled = np.flatnonzero((labels > 0).any(axis=tuple(other for other in range(3) if other != axis)))
            assert filled[0] <= 8
            assert labels.shape[axis] - 1 - filled[-1] <= 8


def test_patch_is_no_longer_than_asked():
    for seed in range(5):
        voxel_values, labels = draw_patch(np.random.default_rng(seed), case((8, 36, 44)), (16, 16, 16))
        assert voxel_values.shape == labels.shape
        assert max(voxel_values.shape) <= 16


@pytest.mark.parametrize("seed", range(30))
def test_voxel_values_stay_finite_and_clipped(seed):
    rng = np.random.default_rng(seed)
    varied = vary_voxel_values(
        rng, rng.normal(0.5, 1, (12, 14, 16)).astype(np.float32), np.zeros((12, 14, 16), np.uint8)
    )
    assert varied.dtype == np.float32
    assert np.isfinite(varied).all()
    assert varied.min() >= -3
    assert varied.max() <= 5
