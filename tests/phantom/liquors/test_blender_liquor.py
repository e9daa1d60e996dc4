import importlib.util

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import BlenderLiquor, Polyhedron, Sample
from napari_crystalseg.phantom.liquors import blender_liquor
from napari_crystalseg.phantom.liquors.mesh_kernel import signed_distance
from napari_crystalseg.phantom.mounts.mount import FibreLoop

FIELD = 100.0
VOLUME = 40000.0
NODES = 41
# 17 voxels of 1.25 µm on an edge.
HALF = 10.625
needs_blender = pytest.mark.skipif(
    importlib.util.find_spec("bpy") is None, reason="Blender's module bpy is not installed (Python 3.11 alone has it)"
)


def drop(**change):
    return BlenderLiquor(
        **{
            "volume_um3": VOLUME,
            "semi_axes_um": (26.0, 18.0, 24.0),
            "rotation": np.eye(3),
            "centre_um": np.array([0.0, 6.0, 0.0]),
            "resolution": 32,
            "frames": 4,
        }
        | change
    )


def grid(nodes=NODES):
    return tuple(np.linspace(-FIELD / 2, FIELD / 2, nodes, dtype=np.float32) for _ in range(3))


def cube(half_um=HALF):
    return Polyhedron(np.vstack([np.eye(3), -np.eye(3)]), np.full(6, half_um), np.zeros(3))


def cube_distance(half_um=HALF):
    z, y, x = np.abs(np.meshgrid(*grid(), indexing="ij"))
    return (np.maximum(np.maximum(z, y), x) - half_um).astype(np.float32)


def mesh_volume(vertices, triangles):
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    return abs(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


@pytest.fixture(scope="module")
def baked():
    """Two bakes of the same drop about a cube, the liquor that comes of the first, and labels with it."""
    kept = [drop().bake(grid(), cube_distance(), None) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlenderLiquor, "bake", lambda *_: kept[0])
        liquor = drop().distance(grid(), cube_distance(), None)
        labels = Sample((cube(),), None, drop()).voxelise((81, 81, 81), FIELD / 80)
    return kept, liquor, labels


@needs_blender
def test_two_bakes_are_the_same_bytes(baked):
    (one, two), _, _ = baked
    assert [array.tobytes() for array in one] == [array.tobytes() for array in two]


@needs_blender
def test_mesh_is_watertight_and_a_little_fat(baked):
    """Every edge has two triangles; with the cube's part of the drop it holds the volume and up to half as much."""
    (vertices, triangles) = baked[0][0]
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert VOLUME < mesh_volume(vertices, triangles) < 1.5 * VOLUME


@needs_blender
def test_liquor_falls_and_stays_in_the_field(baked):
    """Gravity is along -y. It falls, all of it no further than g t² / 2 and a cell."""
    vertices = baked[0][0][0]
    assert (np.abs(vertices) <= FIELD / 2).all()
    fallen = FIELD * 2.0 * (4 / 24) ** 2 / 2
    _, liquor, _ = baked
    _, y, _ = np.meshgrid(*grid(), indexing="ij")
    poured = drop()._poured(grid(), cube_distance())
    outside = cube_distance() > 0
    before, after = (y[(level < 0) & outside].mean() for level in (poured, liquor))
    assert 0.2 < before - after < fallen + FIELD / 32


@needs_blender
def test_mesh_stays_out_of_the_crystal(baked):
    """No deeper than a cell and a half; the labels of the crystal cover that."""
    vertices = baked[0][0][0]
    assert np.abs(vertices).max(axis=1).min() > HALF - 1.5 * FIELD / 32


@needs_blender
def test_labels_hold_volume_and_crystal(baked):
    _, _, labels = baked
    volumes = labels.volumes_um3()
    assert volumes[Material.LIQUOR] == pytest.approx(VOLUME, rel=0.01)
    # Voxels whose centre lies in the cube, none of them lost to the liquor.
    assert volumes[Material.CRYSTAL] == pytest.approx(17**3 * 1.25**3)


@needs_blender
def test_crystal_within_the_drop_is_wet(baked):
    """No air between liquor and crystal: the drop is about the whole cube."""
    data = baked[2].data
    for axis in range(3):
        for way in (1, -1):
            assert not (np.roll(data == Material.AIR, way, axis) & (data == Material.CRYSTAL)).any()


def test_distance_of_a_closed_mesh():
    """A tetrahedron: signs by its four planes, distances to its corners, edges and faces in closed form."""
    corners = np.array([[0.0, 0, 0], [8, 0, 0], [0, 8, 0], [0, 0, 8]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    axis = np.arange(-3.0, 10.0)
    found = signed_distance(axis, axis, axis, corners, faces, 30.0)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    strictly = (z > 0) & (y > 0) & (x > 0) & (z + y + x < 8)
    beyond = (z < 0) | (y < 0) | (x < 0) | (z + y + x > 8)
    assert (found[strictly] < 0).all() and (found[beyond] > 0).all()
    slope = np.sqrt(3)
    at = {(-3, -3, -3): 3 * slope, (-2, 3, 3): 2, (-2, -2, 3): np.sqrt(8), (1, 1, 2): -1, (4, 4, 4): 4 / slope}
    at |= {(2, 2, 2): -2 / slope, (9, -1, -1): slope, (5, 5, -2): np.sqrt(6)}
    for (i, j, k), expected in at.items():
        assert found[i + 3, j + 3, k + 3] == pytest.approx(expected, rel=1e-6)


def test_surface_moves_until_the_volume_is_right():
    """A ball 1.5 µm too fat, with a solid half-space through its middle: half a ball comes back, without a gap."""
    z, y, x = np.meshgrid(*grid(), indexing="ij")
    radius = 30.0
    fat = np.maximum(np.sqrt(z**2 + y**2 + x**2) - radius - 1.5, -z - 1.0).astype(np.float32)
    wanted = 2 / 3 * np.pi * radius**3
    moved = blender_liquor._with_volume(fat, z, wanted, 2.5, FIELD / 32)
    middle, above = NODES // 2, moved[NODES // 2 :, NODES // 2, NODES // 2]
    assert moved[middle, middle, middle] < 0
    # Where the ball ends, between two nodes along z.
    last = np.flatnonzero(above < 0).max()
    end = 2.5 * (last + above[last] / (above[last] - above[last + 1]))
    assert end == pytest.approx(radius, abs=0.6)


def test_missing_blender_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(blender_liquor, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"--no-deps 'bpy==4\.5\.\*'.*--liquor capillary"):
        drop().distance(grid(), cube_distance(), None)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit('the domain is upside down')", "code 1.*\n.*upside down"),
        ("import os; os.abort()", "code -6"),
        ("pass", "code 0"),
        ("import time; time.sleep(60)", "stopped after 0.2 s"),
    ],
)
def test_failure_of_blender_is_told(monkeypatch, tmp_path, program, says):
    file = tmp_path / "program.py"
    file.write_text(program)
    monkeypatch.setattr(blender_liquor, "PROGRAM", file)
    monkeypatch.setattr(blender_liquor, "find_spec", lambda name: name)
    with pytest.raises(InputError, match=says):
        drop(timeout_s=0.2 if "sleep" in program else 60.0).bake(grid(), cube_distance(), None)


def test_box_without_a_liquid_is_refused(monkeypatch):
    """What Blender returns where it finds nothing to mesh."""
    monkeypatch.setattr(blender_liquor, "find_spec", lambda name: name)
    box = np.zeros((8, 3), dtype=np.float32), np.zeros((12, 3), dtype=np.int32)
    monkeypatch.setattr(blender_liquor, "_run_blender", lambda *_: box)
    with pytest.raises(InputError, match="no closed surface"):
        drop().bake(grid(), cube_distance(), None)


def test_mount_that_leaves_the_field_goes_in_closed():
    """Triangles face outwards and close, though the stem runs out of the field."""
    mount = FibreLoop(34.0, 27.0, 4.0, 0.0, np.eye(3), np.array([30.0, 0.0, 0.0]))
    vertices, triangles = blender_liquor._surface(mount.distance(grid()), grid())
    blender_liquor._check_closed(triangles)
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    assert np.einsum("ij,ij->", a, np.cross(b, c)) > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"volume_um3": 0.0}, "volume must be positive"),
        ({"semi_axes_um": (1.0, 0.0, 1.0)}, "half axes"),
        ({"resolution": 16}, "resolution of 32 to 128"),
        ({"frames": 1}, "frames of 2 to 100"),
        ({"gravity": (0.0, np.nan, 0.0)}, "finite"),
        ({"timeout_s": 0.0}, "some time"),
    ],
)
def test_impossible_liquors_are_refused(change, says):
    with pytest.raises(InputError, match=says):
        drop(**change)


def test_more_than_the_field_holds_is_refused(monkeypatch):
    monkeypatch.setattr(blender_liquor, "find_spec", lambda name: name)
    with pytest.raises(InputError, match="pour less"):
        drop(volume_um3=2e6).bake(grid(), cube_distance(), None)
