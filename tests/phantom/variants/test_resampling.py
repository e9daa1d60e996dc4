import numpy as np
import pytest
from scipy import ndimage
from skimage.measure import euler_number

from helpers.drawn_labels import drawn
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom.variants.deformation import Deformation
from napari_crystalseg.phantom.variants.pose import Pose
from napari_crystalseg.phantom.variants.resampling import fitting_shape, resample


@pytest.mark.parametrize("size", [(1.0, 1.0, 1.0), (2.0, 0.7, 1.3)])
def test_nothing_changed_is_the_same(size):
    labels = Labels(np.random.default_rng(0).integers(0, 5, (7, 8, 9)), size)
    same = resample(labels)
    np.testing.assert_array_equal(same.data, labels.data)
    assert same.voxel_size_um == labels.voxel_size_um


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1, 2)])
def test_mirrors_are_exact(axes):
    labels = Labels(np.random.default_rng(1).integers(0, 5, (7, 8, 9)), (2.0, 0.7, 1.3))
    mirrored = resample(labels, Pose(tuple(axis in axes for axis in range(3))))
    np.testing.assert_array_equal(mirrored.data, np.flip(labels.data, axes))


def test_a_quarter_turn_is_exact_and_takes_the_grid_along():
    labels = Labels(np.random.default_rng(2).integers(1, 5, (3, 6, 10)), 0.5)
    turned = resample(labels, Pose(turn_deg=90.0))
    # y goes to x, x to -y.
    assert turned.shape == (3, 10, 10)
    np.testing.assert_array_equal(turned.data[:, :, 2:8], np.rot90(labels.data, -1, (2, 1)))
    assert not turned.data[:, :, :2].any()
    assert not turned.data[:, :, 8:].any()


def test_turn_of_unequal_voxels_moves_the_centroid_as_it_must():
    z, y, x = np.meshgrid(np.arange(16) - 7.0, np.arange(40) - 12, np.arange(30) - 20, indexing="ij", sparse=True)
    ball = (2 * z) ** 2 + (0.5 * y) ** 2 + (0.8 * x) ** 2 < 5**2
    labels = Labels(np.where(ball, Material.CRYSTAL, Material.AIR), (2.0, 0.5, 0.8))
    pose = Pose((False, True, False), 33.0, 5.0, 70.0, (0.5, -1.0, 0.7))
    moved = resample(labels, pose)
    before, after = (
        ((np.argwhere(one.data == 3) - (np.array(one.shape) - 1) / 2) * one.voxel_size_um).mean(axis=0)
        for one in (labels, moved)
    )
    # Surfaces of whole voxels move by whole voxels: half a voxel is the most they can be off.
    assert (np.abs(after - pose.matrix @ before - pose.shift_um) < 0.5 * np.array(labels.voxel_size_um)).all()
    assert moved.volumes_um3()[Material.CRYSTAL] == pytest.approx(labels.volumes_um3()[Material.CRYSTAL], rel=0.08)


def test_nothing_leaves_the_field_at_any_turn():
    labels = drawn((31, 33, 41))
    whole = labels.volumes_um3()
    for turn in (30.0, 135.0, 200.0):
        turned = resample(labels, Pose(turn_deg=turn)).volumes_um3()
        for material in (Material.LIQUOR, Material.LOOP, Material.CRYSTAL):
            assert turned[material] == pytest.approx(whole[material], rel=0.03)


def test_stem_goes_on_when_the_sample_leans():
    labels = drawn()
    leaning = resample(labels, Pose(lean_deg=10.0, lean_about_deg=90.0))
    assert (leaning.data[-1] == Material.LOOP).any()
    assert (labels.data[-1] == Material.LOOP).any()


def test_a_grid_of_other_voxels_shows_the_same_sample():
    labels = drawn((20, 41, 48), (2.2, 1.0, 1.0))
    cubic = resample(labels, voxel_size_um=0.6)
    assert cubic.shape == (74, 69, 80)
    for material, volume in labels.volumes_um3().items():
        if volume:
            assert cubic.volumes_um3()[material] == pytest.approx(volume, rel=0.06)


def topology(mask):
    """Number of pieces and Euler number, with the connectivity that keeps thin walls whole."""
    return ndimage.label(mask, np.ones((3, 3, 3)))[1], euler_number(mask, connectivity=3)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0)])
def test_deformation_keeps_topology(seed, size):
    """The ring stays a ring with one hole, the drop stays one piece, two crystals stay two."""
    shape = (45, 41, 48) if size[0] == 1 else (23, 41, 48)
    labels = drawn(shape, size, crystals=2)
    deformation = Deformation.draw(np.random.default_rng(seed), 45.0, 0.35)
    bent = resample(labels, deformation=deformation)
    assert np.mean(bent.data[:, :41, :48] != labels.data) > 0.01
    assert topology(bent.data > 0) == topology(labels.data > 0)
    for material in (Material.LOOP, Material.CRYSTAL):
        assert topology(bent.data == material) == topology(labels.data == material), material
    # The loop is a ring: one piece with one handle.
    assert topology(bent.data == Material.LOOP) == (1, 0)
    assert topology(bent.data == Material.CRYSTAL)[0] == 2


@pytest.mark.parametrize("seed", range(4))
def test_jacobian_is_positive_within_its_bound(seed):
    deformation = Deformation.draw(np.random.default_rng(seed), 50.0, 0.6)
    assert deformation.strain == pytest.approx(0.6)
    points = np.random.default_rng(9).uniform(-40, 40, (400, 3))
    step = 1e-4
    gradient = np.stack(
        [
            (deformation.displacement_um(points + step * e) - deformation.displacement_um(points - step * e))
            / (2 * step)
            for e in np.eye(3)
        ],
        axis=-1,
    )
    assert np.linalg.norm(gradient, ord=2, axis=(1, 2)).max() <= 0.6
    determinants = np.linalg.det(np.eye(3) + gradient)
    assert determinants.min() >= (1 - 0.6) ** 3
    assert determinants.std() > 0.01
    assert np.linalg.norm(deformation.displacement_um(points), axis=1).max() <= deformation.largest_displacement_um


def test_deformation_is_the_one_described():
    """A voxel at p takes what lay at p + u(p): a plane moves by -u to first order."""
    data = np.zeros((41, 9, 9), np.uint8)
    data[:20] = Material.LIQUOR
    # A wave of 1e5 µm with its crest here is a shift by its amplitude.
    shift = Deformation(((0.0, 0.0, 2 * np.pi / 1e5, np.pi / 2, 3.0, 0.0, 0.0),))
    moved = resample(Labels(data, 1.0), deformation=shift, shape=(41, 9, 9))
    assert (moved.data[:17] == Material.LIQUOR).all()
    assert not moved.data[17:].any()


def test_fitting_shape_holds_the_diagonal():
    labels = Labels(np.ones((3, 30, 40), np.uint8), 1.0)
    turn = np.degrees(np.arctan2(30, 40))
    shape = fitting_shape(labels, Pose(turn_deg=turn), Deformation(), (1.0, 1.0, 1.0))
    assert shape[0] == 3
    # The box of 40 x 30 turned by its diagonal's angle: 50 along one axis, 48 along the other.
    assert sorted(shape[1:]) == [48, 50]


def test_refusals():
    with pytest.raises(InputError, match="fold"):
        Deformation(((1.0, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0),))
    with pytest.raises(InputError, match="seven"):
        Deformation(((1.0, 0.0),))
    with pytest.raises(InputError, match="seven"):
        Deformation((1.0, 2.0))
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="extent of the sample"):
        Deformation.draw(rng, 0.0, 0.3)
    for strain, count in ((-0.3, 5), (1.2, 5), (0.3, 0)):
        with pytest.raises(InputError, match="strain of 0 to below"):
            Deformation.draw(rng, 50.0, strain, count)
    with pytest.raises(InputError, match="finite"):
        Pose(turn_deg=float("nan"))
    with pytest.raises(InputError, match="empty"):
        resample(drawn(), shape=(0, 3, 3))
