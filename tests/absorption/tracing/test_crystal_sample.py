from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption.tracing.crystal_sample import CrystalVoxels
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material


def crystal(shape=(20, 24, 30), seed=0):
    return np.where(np.random.default_rng(seed).random(shape) < 0.6, Material.CRYSTAL, Material.LIQUOR).astype(np.uint8)


@pytest.mark.parametrize("n", [2, 3, 50, 128, 1001, 3000])
def test_a_sample_stands_for_the_whole_crystal(n):
    data = crystal()
    voxels = CrystalVoxels(Labels(data, (1.0, 0.5, 2.0)))
    sample = voxels.draw(n, np.random.default_rng(1))
    assert sample.weights.sum() == pytest.approx(len(voxels))
    assert (data[tuple(sample.points.T)] == Material.CRYSTAL).all()
    assert len(np.unique(sample.points, axis=0)) == len(sample)
    assert len(sample.pair_weights) * 2 == len(sample)
    assert (sample.pair_weights >= 0).all()
    assert len(sample) == pytest.approx(n, rel=0.5, abs=2)


def test_most_of_the_crystal_means_all_of_it():
    voxels = CrystalVoxels(Labels(crystal(), 1.0))
    sample = voxels.draw(len(voxels) // 2 + 1, np.random.default_rng(1))
    assert len(sample) == len(voxels)
    assert not sample.pair_weights.size


def test_every_voxel_is_drawn_as_often_as_its_weight_says():
    data = crystal((4, 5, 6))
    voxels = CrystalVoxels(Labels(data, 1.0))
    counts = np.zeros(data.shape)
    for seed in range(3000):
        sample = voxels.draw(8, np.random.default_rng(seed))
        np.add.at(counts, tuple(sample.points.T), sample.weights)
    # Each voxel's expected total of weights is 1 a draw: unbiased.
    assert counts[data == Material.CRYSTAL] / 3000 == pytest.approx(np.ones(len(voxels)), abs=0.35)
    assert counts.sum() / 3000 == pytest.approx(len(voxels))


def test_strata_estimate_a_smooth_field_better_than_plain_sampling():
    voxels = CrystalVoxels(Labels(np.full((20, 20, 20), 3, np.uint8), 1.0))
    totals, plain = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        sample = voxels.draw(200, rng)
        totals.append((sample.weights * sample.points.sum(axis=1)).sum() / len(voxels))
        plain.append(rng.integers(0, 20, (200, 3)).sum(axis=1).mean())
    assert np.std(totals) < np.std(plain) / 3
    assert np.mean(totals) == pytest.approx(28.5, abs=4 * np.std(totals) / 10)


def test_drawing_from_a_large_crystal_takes_little_memory():
    import tracemalloc

    labels = Labels(np.full((96, 100, 104), 3, np.uint8), 1.0)
    tracemalloc.start()
    try:
        CrystalVoxels(labels).draw(1000, np.random.default_rng(0))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A list of all places would take 8 bytes a voxel, their order as much again.
    assert peak < 6 * labels.data.size


def test_voxels_are_found_by_their_number():
    data = crystal((7, 9, 11))
    data[0] = data[:, :, :2] = Material.AIR
    voxels = CrystalVoxels(Labels(data, 1.0))
    places = np.argwhere(data == Material.CRYSTAL)
    assert np.array_equal(voxels.everything().points, places)
    numbers = np.array([5, 5, 40, 41, 200, len(places) - 1])
    assert np.array_equal(voxels.numbered(numbers), places[numbers])


def test_a_single_slice_has_no_absorption_factors():
    with pytest.raises(InputError, match=r"a single slice \(1 × 24 × 30 voxels\).*no absorption factors"):
        CrystalVoxels(Labels(crystal((1, 24, 30)), 1.0))
    # Two are thin, but the beams cross them as they are.
    assert len(CrystalVoxels(Labels(np.full((2, 3, 4), Material.CRYSTAL), 1.0))) == 24
