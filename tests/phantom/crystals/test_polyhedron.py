import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.phantom import Form, Habit, Polyhedron

CUBIC = (10.0, 10.0, 10.0, 90.0, 90.0, 90.0)


def cubic(*miller):
    return Habit("solid", "432", CUBIC, (Form(miller),)).polyhedron(3.0)


@pytest.mark.parametrize(
    ("miller", "volume", "corners", "edge", "edges", "dihedral"),
    [
        # Closed forms for faces at distance d from the centre; the angle is that between the faces' normals.
        ((1, 0, 0), 8 * 27, 8, 6.0, 12, 90.0),
        ((1, 1, 1), 4 * np.sqrt(3) * 27, 6, 3 * np.sqrt(6), 12, np.rad2deg(np.arccos(1 / 3))),
        ((1, 1, 0), 4 * np.sqrt(2) * 27, 14, 3 * np.sqrt(6) / 2, 24, 60.0),
    ],
)
def test_closed_forms_of_the_cubic_system(miller, volume, corners, edge, edges, dihedral):
    """Cube, octahedron and rhombic dodecahedron: volume, corners, edges and the surface S = 3 V / d."""
    solid = cubic(*miller)
    assert solid.volume_um3() == pytest.approx(volume, rel=1e-9)
    facets = solid.facets_um()
    assert len(np.unique(np.round(np.vstack(facets), 6), axis=0)) == corners
    lengths, angles = solid.edges()
    assert len(lengths) == edges
    np.testing.assert_allclose(lengths, edge, rtol=1e-9)
    np.testing.assert_allclose(np.rad2deg(angles), dihedral, rtol=1e-9)
    assert solid.face_areas_um2().sum() == pytest.approx(3 * volume / 3.0, rel=1e-9)


def test_faces_cut_away_have_no_area():
    """A cube whose {111} lie beyond its corners remains a cube."""
    solid = Habit("solid", "m-3m", CUBIC, (Form((1, 0, 0), 1.0), Form((1, 1, 1), 1.8))).polyhedron(2.0)
    np.testing.assert_allclose(solid.face_areas_um2(), [16.0] * 6 + [0.0] * 8, atol=1e-9)


def test_rounded_cube_follows_steiner():
    """A cube of half width a opened by a ball of radius r: core 2(a - r), Steiner's formula term by term."""
    a, r = 5.0, 1.5
    cube = Polyhedron(np.vstack([np.eye(3), -np.eye(3)]), np.full(6, a), np.zeros(3), r)
    b = 2 * (a - r)
    expected = b**3 + 6 * b**2 * r + 3 * np.pi * b * r**2 + 4 / 3 * np.pi * r**3
    assert cube.rounded_volume_um3() == pytest.approx(expected, rel=1e-12)


def test_a_cut_keeps_its_side():
    """A cube cut at a quarter: both pieces together fill it, also where the centre is cut off."""
    cube = Polyhedron(np.vstack([np.eye(3), -np.eye(3)]), np.full(6, 2.0), np.array([3.0, -1.0, 0.5]), 0.1)
    large, small = cube.cut([0, 0, 1], 1.0), cube.cut([0, 0, -1], -1.0)
    assert large.volume_um3() == pytest.approx(48.0, rel=1e-9)
    assert small.volume_um3() == pytest.approx(16.0, rel=1e-9)
    assert small.vertices_um()[:, 2].min() == pytest.approx(1.5, abs=1e-9)
    with pytest.raises(InputError, match="leaves nothing"):
        cube.cut([1, 1, 1], -100.0)


def test_erosion_stops_at_the_centre():
    with pytest.raises(InputError, match=r"cannot lose"):
        cubic(1, 0, 0).eroded(3.0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"distances_um": np.full(6, np.nan)}, "positive distance"),
        ({"distances_um": np.full(6, np.inf)}, "positive distance"),
        ({"distances_um": np.ones(5)}, "normal .* and a distance for each face"),
        ({"normals": 2 * np.vstack([np.eye(3), -np.eye(3)])}, "unit length"),
        ({"normals": np.vstack([np.eye(3), -np.eye(3)[:2], np.zeros(3)])}, "unit length"),
        ({"centre_um": np.zeros(2)}, "centre of a crystal"),
        ({"centre_um": np.full(3, np.nan)}, "centre of a crystal"),
        ({"rounding_um": -1.0}, "rounded edges"),
        ({"rounding_um": np.nan}, "rounded edges"),
    ],
)
def test_impossible_polyhedra_are_refused(wrong, says):
    cube = {"normals": np.vstack([np.eye(3), -np.eye(3)]), "distances_um": np.ones(6), "centre_um": np.zeros(3)}
    with pytest.raises(InputError, match=says):
        Polyhedron(**(cube | wrong))


@pytest.mark.parametrize("axis", range(3))
def test_open_shapes_are_refused_with_the_axis_along_which_they_are(axis):
    """A prism without ends, a box without its lid, and a corner: of many faces, of few, and of too few for a hull."""
    faces = np.vstack([np.eye(3), -np.eye(3)])
    around = faces[faces[:, axis] == 0]
    for normals in (around, np.vstack([around, faces[axis]]), np.eye(3)[[axis, axis - 1]]):
        with pytest.raises(InputError, match="leave the crystal open along axis") as told:
            Polyhedron(normals, np.full(len(normals), 2.0), np.zeros(3))
        if len(normals) > 3:
            assert f"axis {'zyx'[axis]}" in str(told.value)


def test_a_spire_is_closed():
    """Four faces that lean by a millionth meet a million times farther out than they are wide."""
    lean = 1e-6
    sides = np.array([[lean, 1, 0], [lean, -1, 0], [lean, 0, 1], [lean, 0, -1]]) / np.sqrt(1 + lean**2)
    spire = Polyhedron(np.vstack([sides, [[-1, 0, 0]]]), np.ones(5), np.zeros(3))
    assert spire.vertices_um()[:, 0].max() == pytest.approx(np.sqrt(1 + lean**2) / lean, rel=1e-6)
