from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import MOUNTS, PRESETS, Polyhedron, Sample, draw_sample
from napari_crystalseg.phantom.liquors.liquor import Liquor, soft_minimum
from napari_crystalseg.phantom.mounts.mount import FibreLoop, PolymerSheet

NO_WAVES = np.zeros((0, 5))


def cube(half_um, centre=(0.0, 0.0, 0.0), rounding=0.0):
    normals = np.vstack([np.eye(3), -np.eye(3)])
    return Polyhedron(normals, np.full(6, half_um), np.asarray(centre), rounding)


def test_voxels_fill_the_polyhedron():
    """The voxelised volume is the polyhedron's, to a fraction of a surface voxel; its centroid is the centre."""
    # Turned away from the grid: a face along the voxels would gain or lose a whole layer of them.
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    crystal = PRESETS["thermolysin"].polyhedron(20.0, centre_um=(3.0, -4.0, 5.0)).rotated(turn)
    labels = Sample((crystal,), None, None).voxelise((101, 90, 111), 0.7)
    assert labels.volumes_um3()[Material.CRYSTAL] == pytest.approx(crystal.volume_um3(), rel=0.005)
    middle = (np.array(labels.shape) - 1) / 2
    centroid = (np.argwhere(labels.data == 3).mean(axis=0) - middle) * 0.7
    np.testing.assert_allclose(centroid, crystal.centre_um, atol=0.1)


def test_every_voxel_centre_is_on_its_side():
    """Exact labels: a voxel is crystal just when its centre satisfies every half-space."""
    crystal = PRESETS["lysozyme"].polyhedron(8.0).rotated(np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0])
    labels = Sample((crystal,), None, None).voxelise((31, 32, 33), 0.8)
    points = np.stack(np.meshgrid(*((np.arange(n) - (n - 1) / 2) * 0.8 for n in labels.shape), indexing="ij"), axis=-1)
    inside = (points @ crystal.normals.T <= crystal.distances_um).all(axis=-1)
    np.testing.assert_array_equal(labels.data == 3, inside)


def test_sphere_of_liquor_has_its_volume():
    far = cube(1.0, (500.0, 0.0, 0.0))
    drop = Liquor((12.0, 12.0, 12.0), np.eye(3), np.zeros(3), -1e4, -1e4, 0.0, NO_WAVES)
    labels = Sample((far,), None, drop).voxelise((64, 61, 60), 0.5)
    assert labels.volumes_um3()[Material.LIQUOR] == pytest.approx(4 / 3 * np.pi * 12**3, rel=0.005)


def test_film_covers_the_crystal():
    """A 2 µm film on a cube: every neighbour of the crystal is liquor; only the film's edges are a little blunt."""
    film = Liquor(None, np.eye(3), np.zeros(3), 2.0, -1e5, 0.0, NO_WAVES)
    labels = Sample((cube(8.0),), None, film).voxelise((60, 60, 60), 0.5)
    shell = ndimage.binary_dilation(labels.data == 3) & (labels.data != 3)
    assert set(np.unique(labels.data[shell])) == {Material.LIQUOR}
    assert labels.volumes_um3()[Material.LIQUOR] + labels.volumes_um3()[Material.CRYSTAL] == pytest.approx(
        20**3, rel=0.01
    )


def test_meniscus_rises_between_close_bodies():
    """The soft minimum adds k/4 where both distances are equal and nothing beyond its fillet."""
    a, b = np.float32([1.0, 1.0]), np.float32([1.0, 9.0])
    np.testing.assert_allclose(soft_minimum(a, b, 4.0), [0.0, 1.0])


def test_fibre_has_its_thickness():
    """Across the loop's end the fibre is as thick as told."""
    loop = FibreLoop(20.0, 15.0, 2.5, 0.0, np.eye(3), np.zeros(3))
    labels = Sample((cube(1.0),), loop, None).voxelise((201, 61, 161), 0.25)
    # The end of the loop lies at z = -20 µm on the axis; cut along y there.
    z = round((-20.0 / 0.25) + 100)
    assert np.count_nonzero(labels.data[z, :, 80] == Material.LOOP) * 0.25 == pytest.approx(5.0, abs=0.3)


def test_sheet_has_aperture_and_thickness():
    sheet = PolymerSheet(30.0, 20.0, 0.5, 3.0, 1e4, np.eye(3), np.zeros(3))
    labels = Sample((cube(0.4),), sheet, None).voxelise((200, 60, 160), 0.4)
    assert not (labels.data[95:105, :, 60:70] == Material.LOOP).any()  # inside the aperture
    wall = labels.data[100, :, 80 + round(15 / 0.4)] == Material.LOOP
    assert np.count_nonzero(wall) * 0.4 == pytest.approx(3.0, abs=0.45)


@pytest.mark.parametrize("name", ["nylon-20-100", "sheet-100", "mesh-400-10", "pin"])
def test_catalogue_mounts_are_exact_at_every_voxel(name):
    """A voxel is loop just when its centre lies in the mount, though the mount leans against the grid."""
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    mount = replace(MOUNTS[name], rotation=turn)
    shape, size = (41, 48, 38), 3.0
    labels = Sample((), mount, None).voxelise(shape, size)
    grid = tuple(((np.arange(n) - (n - 1) / 2) * size).astype(np.float32) for n in shape)
    inside = mount.distance(grid) < 0
    assert 1000 < np.count_nonzero(inside) < inside.size
    np.testing.assert_array_equal(labels.data == Material.LOOP, inside)


def test_voxels_are_cubes_and_counted_in_whole_numbers():
    sample = Sample((cube(4.0),), None, None)
    np.testing.assert_array_equal(
        sample.voxelise((8, 9, 10), (2.0, 2.0, 2.0)).data, sample.voxelise((8, 9, 10), 2).data
    )
    with pytest.raises(InputError, match="cubic voxels"):
        sample.voxelise((8, 8, 8), (2.0, 1.0, 1.0))
    for shape in ((8.0, 8, 8), (8, 8), (8, 0, 8), 8, "888"):
        with pytest.raises(InputError, match="three whole numbers"):
            sample.voxelise(shape, 2.0)


def test_bubbles_show_only_in_liquor():
    drop = Liquor((10.0, 10.0, 10.0), np.eye(3), np.zeros(3), -1e4, -1e4, 0.0, NO_WAVES)
    bubbles = np.array([[0.0, 0.0, 0.0, 3.0], [0.0, 0.0, 14.0, 3.0]])
    labels = Sample((cube(1.0, (0.0, 7.0, 0.0)),), None, drop, bubbles=bubbles).voxelise((80, 80, 80), 0.5)
    assert labels.volumes_um3()[Material.OTHER] == pytest.approx(4 / 3 * np.pi * 27, rel=0.03)


def test_crack_splits_the_crystal():
    crack = np.array([[1.0, 0.0, 0.0, 0.0]])
    labels = Sample((cube(6.0),), None, None, crack, 1.0).voxelise((60, 60, 60), 0.5)
    assert ndimage.label(labels.data == 3)[1] == 2


@pytest.mark.parametrize("seed", range(6))
def test_drawn_samples_are_reproducible_and_in_the_field(seed):
    one, two = (draw_sample(np.random.default_rng(seed), 100.0) for _ in range(2))
    first, second = (s.voxelise((48, 48, 48), 100 / 48) for s in (one, two))
    np.testing.assert_array_equal(first.data, second.data)
    assert one.description == two.description
    assert (first.data == 3).any()


def test_scale_does_not_matter():
    """Samples are drawn in units of the field: the same draw in a field ten times as large has the same labels."""
    small, large = (draw_sample(np.random.default_rng(5), field) for field in (30.0, 300.0))
    a, b = small.voxelise((40,) * 3, 30 / 40), large.voxelise((40,) * 3, 300 / 40)
    assert np.mean(a.data == b.data) > 0.999


def test_impossible_shapes_are_refused():
    pose = np.eye(3), np.zeros(3)
    for axes in ((0.0, 1.0, 1.0), (np.nan, 1.0, 1.0)):
        with pytest.raises(InputError, match="positive half extents"):
            Liquor(axes, *pose, 0.0, 0.0, 0.0, NO_WAVES)
    with pytest.raises(InputError, match="films and meniscus"):
        Liquor(None, *pose, np.nan, 0.0, 0.0, NO_WAVES)
    with pytest.raises(InputError, match="positive fibre_radius_um"):
        FibreLoop(20.0, 15.0, -2.0, 0.0, *pose)
    with pytest.raises(InputError, match="positive length_um"):
        PolymerSheet(0.0, 20.0, 0.5, 3.0, 1e4, *pose)
    with pytest.raises(InputError, match="aperture"):
        PolymerSheet(30.0, 20.0, 1.5, 3.0, 1e4, *pose)


def test_bad_requests_are_refused():
    with pytest.raises(InputError, match="habit"):
        draw_sample(np.random.default_rng(0), 100.0, "adamantium")
    with pytest.raises(InputError, match="field"):
        draw_sample(np.random.default_rng(0), -1.0)
