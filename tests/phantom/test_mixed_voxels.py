import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom import Polyhedron, Sample, draw_sample
from napari_crystalseg.phantom.liquors.liquor import Liquor
from napari_crystalseg.phantom.mixed_voxels import mixed_voxels
from napari_crystalseg.phantom.mounts.mount import FibreLoop

BOX = np.vstack([np.eye(3), -np.eye(3)])


def test_box_between_the_grid():
    # From -3.3 to 3.3 µm in voxels of 1 µm: ten points along an edge meet shares of 0.8 exactly.
    sample = Sample((Polyhedron(BOX, np.full(6, 3.3), np.zeros(3)),), None, None)
    labels = sample.voxelise((12, 12, 12), 1.0)
    found = mixed_voxels(sample, labels, 10)
    share = np.clip(3.3 - np.abs(np.arange(12) - 5.5) + 0.5, 0, 1)
    np.testing.assert_allclose(found[Material.CRYSTAL], share[:, None, None] * share[:, None] * share, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-6)


def test_volume_of_a_drop():
    # A bubble in a drop, whose distances are interpolated over 2 µm: chords inside a curve, 0.025 µm of 20.
    drop = Liquor((20.0, 20.0, 20.0), np.eye(3), np.array([0.1, 0.2, -0.3]), -1e4, -1e4, 0.0, np.zeros((0, 5)))
    far = Polyhedron(BOX, np.ones(6), np.array([0.0, 500.0, 0.0]))
    sample = Sample((far,), None, drop, bubbles=np.array([[2.0, -3.0, 4.0, 7.0]]))
    found = mixed_voxels(sample, sample.voxelise((48, 48, 48), 1.0), 4)
    bubble = 4 / 3 * np.pi * 7**3
    assert found[Material.OTHER].sum() == pytest.approx(bubble, rel=3e-3)
    assert found[Material.LIQUOR].sum() == pytest.approx(4 / 3 * np.pi * 20**3 - bubble, rel=7e-3)


def test_one_point_is_the_label():
    sample = draw_sample(np.random.default_rng(3), 60.0)
    assert isinstance(sample, Sample)
    labels = sample.voxelise((40, 41, 42), 1.5)
    found = mixed_voxels(sample, labels, 1)
    differ = found.argmax(axis=0) != labels.data
    # Rounding may decide otherwise where a surface passes through the very middle.
    assert differ.mean() < 1e-4
    assert set(np.unique(found)) <= {0.0, 1.0}


def test_away_from_outlines_there_are_labels():
    drawn = [draw_sample(np.random.default_rng(seed), 48.0) for seed in range(3)]
    for sample in drawn:
        labels = sample.voxelise((32, 32, 32), 1.5)
        found = mixed_voxels(sample, labels, 3)
        np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-6)
        mixed = found.max(axis=0) < 1
        assert mixed.any()
        # Of each material the shares hold about as much as the labels.
        for material in Material:
            surface = mixed & (labels.data == material)
            there = (labels.data == material).sum()
            assert abs(found[material].sum() - there) < 0.35 * surface.sum() + 40


def test_mount_on_its_own_nodes():
    loop = next(
        sample
        for sample in (draw_sample(np.random.default_rng(seed), 96.0) for seed in range(20))
        if isinstance(sample.mount, FibreLoop)
    )
    labels = loop.voxelise((64, 64, 64), 1.5)
    found = mixed_voxels(loop, labels, 2)
    agree = (found.argmax(axis=0) == Material.LOOP) & (labels.data == Material.LOOP)
    assert agree.sum() > 0.6 * (labels.data == Material.LOOP).sum()


def test_a_kept_surface_is_the_one_that_comes_to_rest_again():
    drawn = (draw_sample(np.random.default_rng(seed), 48.0) for seed in range(9))
    sample = next(one for one in drawn if one.liquor is not None)
    labels, surface = sample.voxelised_with_liquor((32, 31, 32), 1.5)
    np.testing.assert_array_equal(labels.data, sample.voxelise((32, 31, 32), 1.5).data)
    np.testing.assert_array_equal(mixed_voxels(sample, labels, 2, surface), mixed_voxels(sample, labels, 2))


def test_refusals():
    sample = Sample((), None, None)
    with pytest.raises(InputError, match="whole number"):
        mixed_voxels(sample, Labels(np.zeros((2, 2, 2), np.uint8), 1.0), 0)
    with pytest.raises(InputError, match="cubic"):
        mixed_voxels(sample, Labels(np.zeros((2, 2, 2), np.uint8), (1.0, 1.0, 2.0)), 2)
