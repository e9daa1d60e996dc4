import json

import numpy as np
import pytest
from scipy import ndimage

from helpers.drawn_labels import drawn
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom.crystals.habits import HABITS
from napari_crystalseg.phantom.variants.crystal_swap import swap_crystals
from napari_crystalseg.phantom.variants.deformation import Deformation
from napari_crystalseg.phantom.variants.mount_thickness import change_mount, mount_thickness_um
from napari_crystalseg.phantom.variants.pose import Pose
from napari_crystalseg.phantom.variants.refilling import refill_liquor
from napari_crystalseg.phantom.variants.variant import Variant
from napari_crystalseg.phantom.variants.variants import LostClassError, draw_variant, make_variant, variant_shape

SHAPES = {
    "cubic, odd": ((45, 41, 48), (1.0, 1.0, 1.0)),
    "anisotropic": ((23, 59, 41), (2.0, 0.7, 1.2)),
}


def moments(labels, material=Material.CRYSTAL, piece=None):
    """Centroid and covariance of a class, µm."""
    mask = labels.data == material if piece is None else piece
    points = (np.argwhere(mask) - (np.array(labels.shape) - 1) / 2) * labels.voxel_size_um
    return points.mean(axis=0), np.cov(points.T, bias=True) + np.diag(np.square(labels.voxel_size_um)) / 12


@pytest.mark.parametrize("grid", SHAPES)
@pytest.mark.parametrize("habit", ["lysozyme", "thermolysin", "insulin"])
def test_new_habit_has_the_place_volume_and_inertia_of_the_old_crystal(grid, habit):
    labels = drawn(*SHAPES[grid], loop=False, crystal_half=(7, 5, 9))
    swapped = swap_crystals(labels, habit, 1.0, np.random.default_rng(3))
    assert np.mean(swapped.data != labels.data) > 0.002
    (before, wanted), (after, found) = moments(labels), moments(swapped)
    np.testing.assert_allclose(after, before, atol=0.25)
    assert swapped.volumes_um3()[Material.CRYSTAL] == pytest.approx(labels.volumes_um3()[Material.CRYSTAL], rel=0.05)
    # The half axes of the ellipsoid of inertia agree within a tenth, direction by direction.
    ratios = np.sqrt(np.linalg.eigvals(np.linalg.solve(wanted, found)).real)
    assert 0.9 < ratios.min() < ratios.max() < 1.1


@pytest.mark.parametrize("habit", HABITS)
def test_every_habit_can_be_fitted(habit):
    """A plate of 8 x 18 x 26 µm: extents and volume are met whatever the symmetry."""
    labels = drawn(loop=False, crystal_half=(13, 4, 9))
    swapped = swap_crystals(labels, habit, 1.0, np.random.default_rng(0))
    ratios = np.sqrt(np.linalg.eigvals(np.linalg.solve(moments(labels)[1], moments(swapped)[1])).real)
    assert 0.8 < ratios.min() < ratios.max() < 1.25
    assert swapped.volumes_um3()[Material.CRYSTAL] == pytest.approx(labels.volumes_um3()[Material.CRYSTAL], rel=0.05)


def test_interfacial_angles_are_those_of_the_habit():
    from napari_crystalseg.phantom import PRESETS
    from napari_crystalseg.phantom.variants.crystal_swap import fitted_polyhedron

    labels = drawn(crystal_half=(4, 6, 9))
    box = ndimage.find_objects((labels.data == Material.CRYSTAL).astype(int))[0]
    piece = labels.data[box] == Material.CRYSTAL
    crystal = fitted_polyhedron(piece, box, labels, "thaumatin", 1.2, np.random.default_rng(0))
    own = PRESETS["thaumatin"].polyhedron(1.0).normals
    np.testing.assert_allclose(crystal.normals @ crystal.normals.T, own @ own.T, atol=1e-9)
    assert crystal.volume_um3() == pytest.approx(piece.sum() * 1.2**3, rel=1e-6)


@pytest.mark.parametrize("size", [0.7, 1.2])
def test_size_alone_keeps_shape_and_place(size):
    z, y, x = np.meshgrid(np.arange(23) - 11.0, np.arange(59) - 27, np.arange(41) - 21, indexing="ij", sparse=True)
    leaning = (2 * z + 0.35 * y) ** 2 / 12**2 + (0.7 * y) ** 2 / 10**2 + (1.2 * x + 0.35 * y) ** 2 / 9**2 < 1
    labels = Labels(np.where(leaning, Material.CRYSTAL, Material.AIR), (2.0, 0.7, 1.2))
    changed = swap_crystals(labels, None, size, np.random.default_rng(0))
    (before, old), (after, new) = moments(labels), moments(changed)
    np.testing.assert_allclose(after, before, atol=0.3)
    np.testing.assert_allclose(np.sqrt(np.diag(new) / np.diag(old)), size, rtol=0.05)


def test_two_crystals_are_swapped_each_in_its_place():
    labels = drawn(crystals=2, crystal_half=(10, 9, 8))
    swapped = swap_crystals(labels, "insulin", 0.9, np.random.default_rng(1))
    pieces, count = ndimage.label(swapped.data == Material.CRYSTAL)
    assert count == 2
    centres = sorted(moments(swapped, piece=pieces == n)[0][2] for n in (1, 2))
    np.testing.assert_allclose(centres, [-7, 7], atol=0.6)


def test_freed_voxels_become_what_is_around_them():
    """Half of a crystal lies in liquor, half in air: its shell goes to either."""
    data = np.zeros((30, 30, 30), np.uint8)
    data[:15] = Material.LIQUOR
    data[8:22, 8:22, 8:22] = Material.CRYSTAL
    shrunk = swap_crystals(Labels(data, 1.0), None, 0.6, np.random.default_rng(0))
    freed = (data == Material.CRYSTAL) & (shrunk.data != Material.CRYSTAL)
    assert set(np.unique(shrunk.data[:13][freed[:13]])) == {Material.LIQUOR}
    assert set(np.unique(shrunk.data[17:][freed[17:]])) == {Material.AIR}


def test_solids_stay_when_the_crystal_grows():
    data = drawn().data.copy()
    data[22:24, 20:22, 33:35] = Material.OTHER
    labels = Labels(data, 1.0)
    grown = swap_crystals(labels, "thermolysin", 2.0, np.random.default_rng(0))
    assert grown.volumes_um3()[Material.CRYSTAL] > labels.volumes_um3()[Material.CRYSTAL]
    for material in (Material.LOOP, Material.OTHER):
        np.testing.assert_array_equal(grown.data == material, data == material)


@pytest.mark.parametrize("habit", ["lysozyme", None])
def test_a_crystal_at_the_border_is_swapped_within_the_field(habit):
    data = np.zeros((20, 25, 22), np.uint8)
    data[:9, 5:20, 10:] = Material.CRYSTAL
    labels = Labels(data, 1.5)
    swapped = swap_crystals(labels, habit, 1.1, np.random.default_rng(0))
    np.testing.assert_allclose(moments(swapped)[0], moments(labels)[0], atol=2.0)
    assert (swapped.data == Material.AIR).any()


@pytest.mark.parametrize("grid", SHAPES)
@pytest.mark.parametrize("factor", [0.4, 0.8, 1.0, 1.7])
def test_liquor_is_refilled_to_its_volume(grid, factor):
    labels = drawn(*SHAPES[grid])
    wanted = factor * labels.volumes_um3()[Material.LIQUOR]
    filled = refill_liquor(labels, wanted)
    assert filled.volumes_um3()[Material.LIQUOR] == pytest.approx(wanted, abs=0.51 * labels.voxel_volume_um3)
    for material in (Material.LOOP, Material.CRYSTAL):
        np.testing.assert_array_equal(filled.data == material, labels.data == material)


def test_a_drop_grows_as_a_sphere_whatever_its_voxels():
    z, y, x = np.meshgrid(
        *((np.arange(n) - (n - 1) / 2) * s for n, s in zip((25, 60, 50), (2.0, 0.8, 1.0), strict=True)), indexing="ij"
    )
    radius = np.sqrt(z**2 + y**2 + x**2)
    labels = Labels((radius < 10).astype(np.uint8), (2.0, 0.8, 1.0))
    for wanted in (7.0, 15.0):
        filled = refill_liquor(labels, 4 / 3 * np.pi * wanted**3)
        liquor = filled.data == Material.LIQUOR
        assert radius[liquor].max() < wanted + 1.6
        assert radius[~liquor].min() > wanted - 1.6


@pytest.mark.parametrize("change", [-3.0, -1.0, 1.0, 3.0])
def test_mount_gets_the_thickness_asked_for(change):
    """A leaning plate 8 µm thick with liquor on one side and air on the other."""
    _, y, x = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in (6, 44, 30)), indexing="ij")
    height = (2 * y + x) / np.sqrt(5)
    data = np.where(height < -4, Material.LIQUOR, np.where(height < 4, Material.LOOP, Material.AIR)).astype(np.uint8)
    changed = change_mount(Labels(data, 1.0), change)
    # A column along y crosses the plate over its thickness times √5/2.
    across = (changed.data[:, :, 5:25] == Material.LOOP).sum(axis=1).mean() * 2 / np.sqrt(5)
    assert across == pytest.approx(8 + change, abs=0.5)
    # On the side of the liquor liquor follows, on the other air.
    assert set(np.unique(changed.data[height < -2])) <= {Material.LIQUOR, Material.LOOP}
    assert set(np.unique(changed.data[height > 2])) <= {Material.AIR, Material.LOOP}


def test_mount_is_measured():
    assert mount_thickness_um(drawn()) == pytest.approx(5.5, abs=1.0)
    assert mount_thickness_um(drawn((23, 59, 41), (2.0, 0.7, 1.2))) == pytest.approx(5.5, abs=1.5)
    assert mount_thickness_um(drawn(loop=False)) == 0


def test_a_thinner_mount_does_not_break():
    labels = drawn()
    thin = change_mount(labels, -40.0)
    loop = thin.data == Material.LOOP
    assert 0 < loop.sum() < (labels.data == Material.LOOP).sum() / 4
    assert ndimage.label(loop, np.ones((3, 3, 3)))[1] == 1


def test_variant_is_what_it_says_and_reads_back():
    labels = drawn()
    variant = draw_variant(np.random.default_rng(5), labels)
    again = Variant.from_dict(json.loads(json.dumps(variant.to_dict())))
    assert again == variant
    one, two = make_variant(labels, variant), make_variant(labels, again)
    np.testing.assert_array_equal(one.data, two.data)
    step = one.provenance.to_dict()["steps"][-1]
    assert step["step"] == "vary labels"
    assert Variant.from_dict({k: v for k, v in step.items() if k in variant.to_dict()}) == variant
    assert step["class_volume_um3"]["crystal"] == one.volumes_um3()[Material.CRYSTAL]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "made",
    [
        {},
        {"shape": (23, 59, 41), "voxel_size_um": (2.0, 0.7, 1.2)},
        {"loop": False},
        {"crystals": 2, "crystal_half": (10, 9, 8)},
        {"liquor": False, "loop": False},
    ],
    ids=["all", "anisotropic", "no loop", "two crystals", "bare crystal"],
)
def test_drawn_variants_keep_every_class(made, seed):
    labels = drawn(**made)
    variant = draw_variant(np.random.default_rng(seed), labels)
    varied = make_variant(labels, variant)
    assert set(np.unique(varied.data)) == set(np.unique(labels.data))
    assert varied.voxel_size_um == labels.voxel_size_um
    if variant.liquor_volume is not None:
        wanted = variant.liquor_volume * labels.volumes_um3()[Material.LIQUOR]
        assert varied.volumes_um3()[Material.LIQUOR] == pytest.approx(wanted, rel=0.01)


def test_drawn_variants_differ():
    labels = drawn()
    volumes = {
        tuple(make_variant(labels, draw_variant(np.random.default_rng(seed), labels)).volumes_um3().values())
        for seed in range(4)
    }
    assert len(volumes) == 4


def test_voxel_sizes_of_numpy_are_numbers():
    """45 voxels of 1 µm need 90 of half a micrometre."""
    assert variant_shape(drawn(), Variant(), np.float32(0.5)) == (90, 82, 96)


def test_a_lost_class_is_told():
    data = drawn().data.copy()
    data[data == Material.OTHER] = 0
    data[2, 2, 2] = Material.OTHER
    with pytest.raises(LostClassError, match="other was lost"):
        make_variant(Labels(data, 1.0), Variant(), voxel_size_um=5.0)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: make_variant(Labels(np.ones((4, 4, 4), np.uint8), 1.0), Variant()), "no crystal"),
        (lambda: draw_variant(np.random.default_rng(0), Labels(np.zeros((4, 4, 4), np.uint8), 1.0)), "no crystal"),
        (lambda: swap_crystals(Labels(np.ones((4, 4, 4), np.uint8), 1.0), None, 1.0, None), "no crystal"),
        (lambda: swap_crystals(drawn(), "granite", 1.0, None), "granite"),
        (lambda: swap_crystals(drawn(), None, 0.0, None), "positive"),
        (lambda: change_mount(drawn(loop=False), 1.0), "no loop"),
        (lambda: change_mount(drawn(), float("inf")), "finite"),
        (lambda: refill_liquor(drawn(liquor=False), 100.0), "no liquor"),
        (lambda: refill_liquor(drawn(), 1e9), "no more than"),
        (lambda: refill_liquor(drawn(), 0.1), "less than a voxel"),
        (lambda: refill_liquor(drawn(), float("inf")), "finite"),
        (lambda: variant_shape(drawn(), Variant(), 0.0), "voxel size must be positive"),
        (lambda: Variant(crystal_habit="granite"), "granite"),
        (lambda: Variant(crystal_size=-1.0), "crystal_size"),
        (lambda: Variant(liquor_volume=0.0), "liquor_volume"),
        (lambda: Variant(mount_change_um=float("nan")), "mount_change_um"),
        (lambda: Variant(seed=-1), "seed"),
        (lambda: Variant.from_dict({"colour": "red"}), "colour"),
        (lambda: Variant.from_dict({"turn_deg": "far"}), "no record of a variant: .*far"),
        (lambda: Variant.from_dict({"waves": [1, 2]}), "no record of a variant"),
    ],
)
def test_refusals(call, match):
    with pytest.raises(InputError, match=match):
        call()


def test_pose_and_deformation_come_through():
    variant = Variant(Pose((True, False, True), 12.0), Deformation(((0.1, 0.0, 0.0, 0.3, 0.0, 1.0, 0.0),)))
    assert Variant.from_dict(variant.to_dict()) == variant
    assert Variant.from_dict({}) == Variant()
