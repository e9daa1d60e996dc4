"""Phantoms hold what they say they do."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.testing.label_damage import KINDS
from napari_crystalseg.testing.phantoms import COEFFICIENTS_PER_UM, crystal_in_loop


@pytest.mark.parametrize(
    ("shape", "size"), [((41, 45, 48), 2.0), ((21, 64, 50), (4.0, 1.5, 2.0)), ((33, 32, 17), (1.0, 1.0, 2.5))]
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_labels_are_those_of_the_shapes(shape, size, seed):
    phantom = crystal_in_loop(shape, size, seed=seed)
    labels = phantom.labels
    crystal = labels.data == Material.CRYSTAL
    # Voxel middles counted in a convex body miss its volume by a part of the layer of voxels at its surface.
    layer = phantom.crystal.face_areas_um2().sum() * max(labels.voxel_size_um)
    assert labels.volumes_um3()[Material.CRYSTAL] == pytest.approx(phantom.crystal.volume_um3(), abs=0.25 * layer)
    normals, offsets = phantom.planes
    points = np.argwhere(crystal) * labels.voxel_size_um
    heights = points @ normals.T
    assert (heights <= offsets + 1e-9).all()
    assert (heights.max(axis=0) > offsets - np.linalg.norm(labels.voxel_size_um)).all()
    outside = np.argwhere(~crystal) * labels.voxel_size_um
    assert (outside @ normals.T > offsets).any(axis=1).all()
    counts = labels.voxel_counts()
    assert all(counts[material] for material in COEFFICIENTS_PER_UM)
    # Only the stem of the loop leaves the field.
    border = labels.data.copy()
    border[1:-1, 1:-1, 1:-1] = 0
    assert {*np.unique(border)} == {Material.AIR, Material.LOOP}
    assert not border[0].any()


def test_voxel_values_are_the_coefficients_with_noise():
    phantom = crystal_in_loop(seed=3, noise=0.2)
    for material, expected in COEFFICIENTS_PER_UM.items():
        values = phantom.volume.data[phantom.labels.data == material]
        assert values.mean() == pytest.approx(expected, abs=5 * 0.0002 / np.sqrt(len(values)))
        assert values.std() == pytest.approx(0.0002, rel=0.25)


def test_a_seed_gives_the_same_bytes_and_another_one_another_crystal():
    one, again, other = (crystal_in_loop(seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.labels.data, again.labels.data)
    np.testing.assert_array_equal(one.volume.data, again.volume.data)
    assert (one.labels.data != other.labels.data).any()


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_seeded_and_leaves_the_right_labels_as_they_are(kind):
    phantom = crystal_in_loop((31, 35, 38), seed=1)
    right = phantom.labels.data.copy()
    wrong, names = phantom.damaged([kind], seed=2)
    assert names == [kind]
    assert 0 < np.count_nonzero(wrong.data != right) < right.size / 2
    np.testing.assert_array_equal(phantom.labels.data, right)
    np.testing.assert_array_equal(phantom.damaged([kind], seed=2)[0].data, wrong.data)


def test_a_field_that_is_too_coarse_is_refused():
    with pytest.raises(InputError, match="too coarse"):
        crystal_in_loop((4, 40, 40))
