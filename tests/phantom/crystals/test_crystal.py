from itertools import product

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import HABITS, Crack, Crystal, Polyhedron, Sample
from napari_crystalseg.phantom.crystals.crystal import contact_twin, dissolve, penetration_twin

TURN = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]


def cube(half_um, centre=(0.0, 0.0, 0.0), rounding=0.0):
    normals = np.vstack([np.eye(3), -np.eye(3)])
    return Polyhedron(normals, np.full(6, half_um), np.asarray(centre), rounding)


def grid(n, step):
    return ((np.arange(n) - (n - 1) / 2) * step).astype(np.float32)


def volume_um3(crystal, n, step):
    axis = grid(n, step)
    return np.count_nonzero(crystal.distance((axis, axis, axis)) < 0) * step**3


def test_rounded_cube_has_the_exact_distance():
    """Distance to a cube opened by a ball: |max(|p| - (a - r), 0)| - r outside its core."""
    a, r = 6.0, 2.0
    axis = grid(21, 0.9)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    beyond = np.abs(np.stack([z, y, x])) - (a - r)
    exact = np.linalg.norm(np.maximum(beyond, 0), axis=0) + np.minimum(beyond.max(axis=0), 0) - r
    found = Crystal((cube(a, rounding=r),)).distance((axis, axis, axis))
    np.testing.assert_allclose(found, exact, atol=2e-5)


def test_a_face_given_twice_changes_nothing():
    """Voxels on a face whose copy lies a rounding error deeper are on the surface, not far from the crystal."""
    block = cube(5.0)
    twice = Polyhedron(
        np.vstack([block.normals, block.normals[:1]]), np.append(np.full(6, 5.0), 5 - 1e-10), np.zeros(3)
    )
    axis = grid(15, 1.0)
    once, found = (Crystal((body,)).distance((axis,) * 3) for body in (block, twice))
    np.testing.assert_allclose(found, once, atol=1e-6)


def test_rounded_volume_follows_steiner():
    """Voxels of a lysozyme crystal with strongly rounded edges fill Steiner's volume; sharp ones would not."""
    crystal = HABITS["lysozyme"].polyhedron(12.0, rounding_um=4.0).rotated(TURN)
    counted = volume_um3(Crystal((crystal,)), 64, 0.6)
    assert counted == pytest.approx(crystal.rounded_volume_um3(), rel=0.004)
    assert crystal.rounded_volume_um3() < 0.97 * crystal.volume_um3()


def test_a_sharp_crystal_is_its_half_spaces():
    crystal = HABITS["trypsin"].polyhedron(8.0).rotated(TURN)
    axis = grid(32, 0.8)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    inside = (points @ crystal.normals.T < crystal.distances_um).all(axis=-1)
    np.testing.assert_array_equal(Crystal((crystal,)).distance((axis, axis, axis)) < 0, inside)


def test_a_bite_leaves_a_re_entrant_corner():
    """A cube of edge 12 without one of edge 6 at its corner keeps 7/8."""
    bitten = Crystal((cube(6.0),), bites=(cube(6.0, (6.0, 6.0, 6.0)),))
    assert volume_um3(bitten, 32, 0.5) == pytest.approx(7 / 8 * 12**3, rel=1e-9)


def test_cracks_take_their_volume():
    """A crack through a cube takes width x area, one that narrows to a tip half of width x reach x breadth."""
    through = Crystal((cube(8.0),), cracks=(Crack(np.array([0, 0, 1.0]), np.zeros(3), 2.0),))
    assert volume_um3(through, 64, 0.25) == pytest.approx(16**3 - 2 * 16 * 16, rel=1e-9)
    wedge = Crack(np.array([0, 0, 1.0]), np.array([-8.0, 0, 0]), 4.0, 12.0, np.array([1.0, 0, 0]))
    assert volume_um3(Crystal((cube(8.0),), cracks=(wedge,)), 64, 0.25) == pytest.approx(16**3 - 24 * 16, rel=0.003)


def test_a_dissolved_face_loses_half_its_pits_depth():
    """Whole periods of pits 3 µm deep take area x depth / 2; the other faces stay."""
    block = cube(8.0)
    eaten = Crystal((block,), dissolved=(dissolve(block, 0, 3.0, 8.0),))
    assert volume_um3(eaten, 64, 0.25) == pytest.approx(16**3 - 16 * 16 * 1.5, rel=0.003)
    axis = grid(64, 0.25)
    deep = np.count_nonzero(eaten.distance((axis, axis, axis)) < 0, axis=0) * 0.25
    assert deep.min(where=deep > 0, initial=99) == pytest.approx(13.0, abs=0.3)
    assert deep.max() == pytest.approx(16.0, abs=0.3)


def test_a_dissolved_face_spares_the_other_individual():
    """What sticks out beyond the eaten face of one part belongs to the other and stays."""
    block = cube(6.0)
    eaten = Crystal((block, cube(2.0, (8.0, 0.0, 0.0))), dissolved=(dissolve(block, 0, 2.0, 6.0),))
    assert volume_um3(eaten, 64, 0.4) == pytest.approx(12**3 - 144 * 1.0 + 4**3, rel=0.01)


def test_contact_twin_keeps_the_volume_and_penetration_twin_is_re_entrant():
    """Two halves of a centric crystal have its volume; individuals grown through each other have more, not convex."""
    crystal = HABITS["thaumatin"].polyhedron(6.0)
    axis = HABITS["thaumatin"].normals([(1, 1, 2)])[0]
    contact, penetration = contact_twin(crystal, axis), penetration_twin(crystal, axis)
    assert sum(part.volume_um3() for part in contact.parts) == pytest.approx(crystal.volume_um3(), rel=1e-6)
    united = volume_um3(penetration, 48, 0.6)
    assert 1.1 * crystal.volume_um3() < united < 1.9 * crystal.volume_um3()
    tips = [body.vertices_um()[body.vertices_um()[:, 2].argmax()] for body in penetration.parts]
    between = np.mean(tips, axis=0)
    outside = [(body.normals @ between > body.distances_um).any() for body in penetration.parts]
    assert all(outside)  # the middle of two corners lies outside: a re-entrant notch


def test_a_fourfold_turn_about_c_is_no_twin():
    """A symmetry of the crystal gives the crystal back."""
    crystal = HABITS["lysozyme"].polyhedron(6.0)
    same = penetration_twin(crystal, HABITS["lysozyme"].axis((0, 0, 1)), 90.0)
    axis = grid(32, 0.75)
    np.testing.assert_array_equal(same.distance((axis,) * 3) < 0, Crystal((crystal,)).distance((axis,) * 3) < 0)


def test_moving_carries_everything_along():
    block = cube(5.0)
    whole = Crystal(
        (block,),
        (cube(2.0, (5.0, 5.0, 5.0)),),
        (Crack(np.array([0, 1.0, 0]), np.array([0, 1.0, 0]), 1.0),),
        (dissolve(block, 2, 2.0, 5.0),),
    )
    axis = grid(24, 0.6)
    shift = np.array([0.6, -1.2, 1.8])
    moved = whole.moved(shift).distance(tuple(axis + np.float32(s) for s in shift))
    np.testing.assert_allclose(moved, whole.distance((axis,) * 3), atol=1e-4)


def test_samples_hold_crystals():
    """A sample with a bitten crystal and a plain one has both volumes."""
    bitten = Crystal((cube(4.0),), bites=(cube(4.0, (4.0, 4.0, 4.0)),)).moved(np.array([-6.0, 0, 0]))
    labels = Sample((bitten, cube(2.0, (7.0, 0, 0))), None, None).voxelise((60, 40, 40), 0.5)
    assert labels.volumes_um3()[Material.CRYSTAL] == pytest.approx(7 / 8 * 512 + 64, rel=1e-9)


def test_impossible_crystals_are_refused():
    with pytest.raises(InputError, match="at least one part"):
        Crystal(())
    with pytest.raises(InputError, match="round or dissolve it less"):
        Crystal((cube(2.0, rounding=2.5),))
    with pytest.raises(InputError, match="direction to its tip"):
        Crack(np.array([1.0, 0, 0]), np.zeros(3), 1.0, 5.0)
    for normal in ((2.0, 0, 0), (0.0, 0, 0)):
        with pytest.raises(InputError, match="normal of a crack must have unit length"):
            Crack(np.array(normal), np.zeros(3), 1.0)
    with pytest.raises(InputError, match="to the tip of a crack must have unit length"):
        Crack(np.array([1.0, 0, 0]), np.zeros(3), 1.0, 5.0, np.array([0, 2.0, 0]))
    with pytest.raises(InputError, match="6 faces, 0 to 5, not 6"):
        dissolve(cube(2.0), 6, 1.0, 1.0)
    with pytest.raises(InputError, match="twin axis needs a direction"):
        penetration_twin(cube(2.0), np.zeros(3))
    for wrong in product((0.0, -1.0), (1.0,)):
        with pytest.raises(InputError, match="positive"):
            dissolve(cube(2.0), 0, *wrong)
