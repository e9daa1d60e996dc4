from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import MOUNTS, MicroMesh, NylonLoop, Polyhedron, SheetMount, draw_sample
from napari_crystalseg.phantom.drawing.frame import Frame
from napari_crystalseg.phantom.drawing.mount_choice import choose_mount
from napari_crystalseg.phantom.drawing.sample_priors import TYPICAL
from napari_crystalseg.phantom.shape_record import shape_record

TURN = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
TURN *= np.sign(np.linalg.det(TURN))


def cube(half_um, centre):
    return Polyhedron(np.vstack([np.eye(3), -np.eye(3)]), np.full(6, half_um), np.asarray(centre, dtype=float))


def names_for(kind, field_um, half_um):
    frame = Frame(TURN, np.zeros(3), (0.3 * field_um, 0.2 * field_um), 0.1 * field_um, field_um)
    found = [choose_mount(np.random.default_rng(n), kind, frame, (cube(half_um, (0, 0, 0)),)) for n in range(30)]
    return {one[0] if one else None for one in found}


@pytest.mark.parametrize(
    ("kind", "field_um", "extent_um", "names"),
    [
        ("fibre", 120.0, 60.0, {"nylon-10-100", "nylon-20-100"}),
        ("fibre", 200.0, 101.0, {"nylon-20-200"}),
        ("fibre", 80.0, 40.0, {None}),
        ("sheet", 100.0, 60.0, {"sheet-100", "mesh-400-10"}),
        ("sheet", 55.0, 51.0, {None}),
        ("sheet", 300.0, 20.0, {"sheet-50", "sheet-100", "sheet-200", "sheet-300", "mesh-400-10"}),
        ("none", 300.0, 100.0, {None}),
    ],
)
def test_what_fits(kind, field_um, extent_um, names):
    """Openings from the crystal's extent to 1.1 of the field; meshes finer than the crystal, three pitches or more."""
    assert names_for(kind, field_um, extent_um / np.sqrt(12)) == names


def test_the_crystal_keeps_its_place_in_the_opening():
    """Half-way to the rim of the drawn opening it is half-way to the rim of the chosen one, and it has not moved."""
    frame = Frame(TURN, np.array([1.0, 2.0, 3.0]), (40.0, 30.0), 10.0, 120.0)
    crystal = cube(10.0, frame.place([20.0, 4.0, -15.0]))
    _, mount, about = choose_mount(np.random.default_rng(0), "fibre", frame, (crystal,))
    assert isinstance(mount, NylonLoop) and about.opening_um == (50.0, 50.0)
    np.testing.assert_allclose(TURN.T @ (crystal.centre_um - mount.centre_um), [25.0, 4.0, -25.0], atol=1e-9)
    np.testing.assert_array_equal(about.centre_um, mount.centre_um)
    assert replace(about, centre_um=frame.centre_um, opening_um=frame.opening_um).__dict__ == frame.__dict__


@pytest.mark.parametrize("lift", [-3.0, 5.0])
def test_crystals_rest_on_a_mesh(lift):
    """A crystal that reaches through the mesh's plane comes to touch its surface."""
    frame = Frame(TURN, np.zeros(3), (20.0, 20.0), 10.0, 60.0)
    crystal = cube(15.0, frame.place([0.0, lift, 0.0]))
    name, mesh, about = choose_mount(np.random.default_rng(0), "sheet", frame, (crystal,))
    assert name == "mesh-400-10"  # too large for the one aperture that the field holds
    heights = np.sign(lift) * (crystal.vertices_um() - mesh.centre_um) @ TURN[:, 1]
    assert heights.min() == pytest.approx(mesh.thickness_um / 2)
    assert about.opening_um == frame.opening_um
    np.testing.assert_array_equal(about.centre_um, frame.centre_um)


def test_drawn_mounts_are_as_sold():
    """With probability one every mount that fits is of the catalogue, and all but mount and liquor stays as it was."""
    field_um = 130.0
    priors = replace(TYPICAL, other=(1.0, 0.0, 0.0), crystal_reach=(0.15, 0.2))
    kinds = set()
    for seed in range(12):
        rng, other = np.random.default_rng(seed), np.random.default_rng(seed)
        sized = draw_sample(rng, field_um, None, priors)
        sold = draw_sample(other, field_um, None, replace(priors, mount_catalogue=1.0))
        assert rng.random() == other.random()
        records = [shape_record(one) for one in (sized, sold)]
        assert records[0]["crystals"] == records[1]["crystals"]
        name = sold.description.get("mount_catalogue")
        if sized.mount is None:
            assert name is None and sold.mount is None
            continue
        moved = {"rotation": sold.mount.rotation, "centre_um": sold.mount.centre_um}
        moved |= {"bend_um": sold.mount.bend_um} if isinstance(sold.mount, NylonLoop) else {}
        values = [vars(one) for one in (sold.mount, replace(MOUNTS[name], **moved))]
        assert values[0] == values[1]
        kinds.add(type(sold.mount))
        data = sold.voxelise((32,) * 3, field_um / 32).data
        assert (data == Material.CRYSTAL).any() and (data == Material.LOOP).any()
    assert kinds == {NylonLoop, SheetMount, MicroMesh}
