import itertools

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom import Polyhedron, Sample
from napari_crystalseg.phantom.fractions import block_fractions, material_fractions
from napari_crystalseg.phantom.liquors.liquor import Liquor


def box_with_a_leaning_face(normal, distance):
    """A box far larger than the field, cut by one plane through it."""
    normals = np.vstack([np.eye(3), -np.eye(3), normal])
    return Polyhedron(normals, np.array([80.0] * 6 + [distance]), np.zeros(3))


def share_below_plane(normal, distance, centres, edge):
    """Exact share of cubes below a plane n·r <= d (Scardovelli & Zaleski, J. Comput. Phys. 164 (2000) 228)."""
    m = np.abs(normal) * edge
    # Distance of the plane from the corner of the cube that lies deepest below it.
    alpha = distance - centres @ normal + m.sum() / 2
    cubes = np.zeros_like(alpha)
    for corner in itertools.product((0, 1), repeat=3):
        cubes += (-1) ** sum(corner) * np.maximum(alpha - np.dot(corner, m), 0) ** 3
    return np.clip(cubes / (6 * m.prod()), 0, 1)


def test_shares_converge_to_those_of_a_plane():
    normal = np.array([2.0, 3.0, 6.0]) / 7
    sample = Sample((box_with_a_leaning_face(normal, 0.7),), None, None)
    shape, size = (9, 8, 10), 1.3
    centres = np.stack(np.meshgrid(*((np.arange(n) - (n - 1) / 2) * size for n in shape), indexing="ij"), axis=-1)
    exact = share_below_plane(normal, 0.7, centres, size)
    cut = (exact > 0) & (exact < 1)
    errors = []
    for factor in (2, 4, 8):
        found = material_fractions(sample, shape, size, factor)
        assert found.shape == (5, *shape)
        np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-6)
        errors.append(np.sqrt(np.mean((found[Material.CRYSTAL][cut] - exact[cut]) ** 2)))
    assert errors[2] < 0.02
    assert errors[2] < errors[1] / 2 < errors[0] / 4


def test_a_face_along_the_grid_is_off_by_half_a_sample_at_most():
    sample = Sample((box_with_a_leaning_face(np.array([1.0, 0.0, 0.0]), 0.3),), None, None)
    # Five voxels of 1 µm: the face at +0.3 µm leaves 0.8 of the middle one.
    for factor in (2, 4, 8):
        found = material_fractions(sample, (5, 2, 2), 1.0, factor)[Material.CRYSTAL][2]
        np.testing.assert_allclose(found, 0.8, atol=0.5 / factor + 1e-6)


def test_volume_of_a_sphere_converges():
    """A drop of 6 µm in voxels of 2 µm: its volume is met the better the finer the count."""
    drop = Liquor((6.0, 6.0, 6.0), np.eye(3), np.array([0.1, 0.2, -0.3]), -1e4, -1e4, 0.0, np.zeros((0, 5)))
    far = Polyhedron(np.vstack([np.eye(3), -np.eye(3)]), np.ones(6), np.array([0.0, 500.0, 0.0]))
    volumes = [
        material_fractions(Sample((far,), None, drop), (8, 8, 8), 2.0, factor)[Material.LIQUOR].sum() * 8
        for factor in (1, 8)
    ]
    exact = 4 / 3 * np.pi * 6**3
    # The liquor's distance is interpolated between every second fine voxel, which costs 0.3 % here.
    assert volumes[1] == pytest.approx(exact, rel=4e-3)
    assert abs(volumes[1] - exact) < abs(volumes[0] - exact)


def test_blocks_are_counted():
    data = np.zeros((2, 2, 4), np.uint8)
    data[..., :2] = Material.CRYSTAL
    data[0, 0, 0] = Material.LIQUOR
    found = block_fractions(Labels(data, 0.5), 2)
    np.testing.assert_allclose(found[:, 0, 0, 0], [0, 1 / 8, 0, 7 / 8, 0])
    np.testing.assert_allclose(found[:, 0, 0, 1], [1, 0, 0, 0, 0])


def test_refusals():
    with pytest.raises(InputError, match="blocks"):
        block_fractions(Labels(np.zeros((3, 2, 2), np.uint8), 1.0), 2)
    with pytest.raises(InputError, match="whole number"):
        material_fractions(Sample((), None, None), (2, 2, 2), 1.0, 0)
    with pytest.raises(InputError, match="whole number"):
        material_fractions(Sample((), None, None), (2, 2, 2), 1.0, np.nan)
    with pytest.raises(InputError, match="voxel size"):
        material_fractions(Sample((), None, None), (2, 2, 2), (1.0, 1.0, 2.0))
