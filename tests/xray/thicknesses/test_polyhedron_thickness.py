import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.xray import polyhedron_thickness
from napari_crystalseg.xray.thicknesses.partial_volume import with_fractions
from napari_crystalseg.xray.thicknesses.thickness import Corners

BOX = np.vstack([np.eye(3), -np.eye(3)])
OCTAHEDRON = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]) / np.sqrt(3)
# A box that leans against the grid every way.
LEANING = BOX @ np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]


def test_cube_seen_along_its_edges():
    # Half an edge of 4 in pixels of 1: four pixels a side, each seen through 4 µm; an offset moves it.
    for angle in (0.0, 90.0, 180.0):
        seen = polyhedron_thickness(BOX, np.full(6, 2.0), [angle], 1.0, (8, 8), rays=3)[0]
        expected = np.zeros((8, 8))
        expected[2:6, 2:6] = 4.0
        np.testing.assert_allclose(seen, expected, atol=1e-12)
    # Along z from -1 to 3, along y from 0 to 4, along x from -2 to 2; at a quarter turn u = -y.
    offsets = [3.0, 4.0, 2.0, 1.0, 0.0, 2.0]
    seen = polyhedron_thickness(BOX, offsets, [90.0], 1.0, (8, 8), rays=2)[0]
    rows, columns = np.nonzero(seen > 1e-9)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (3, 6, 0, 3)
    np.testing.assert_allclose(seen[seen > 1e-9], 4.0)


@pytest.mark.parametrize("angle", [20.0, 45.0, 130.0])
def test_turned_cube_is_a_trapezoid(angle):
    edge, pixel = 6.0, 0.05
    seen = polyhedron_thickness(BOX, np.full(6, edge / 2), [angle], pixel, (2, 200), rays=1)[0, 0]
    cosine, sine = np.abs([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    outer, inner = edge * (cosine + sine) / 2, edge * abs(cosine - sine) / 2
    u = (np.arange(200) - 99.5) * pixel
    top = edge / max(cosine, sine)
    expected = top * np.clip((outer - np.abs(u)) / max(outer - inner, 1e-9), 0, 1)
    np.testing.assert_allclose(seen, expected, atol=1e-9)


def test_cube_on_its_corner():
    # Seen along a space diagonal, the middle ray has the length √3 · edge; the beam at 0 runs along y.
    y = np.ones(3) / np.sqrt(3)
    z = np.array([1, -1, 0]) / np.sqrt(2)
    turn = np.stack([z, y, np.cross(z, y)], axis=1)  # of a body vector its parts along (z, y, x)
    seen = polyhedron_thickness(BOX @ turn, np.full(6, 5.0), [0.0], 1e-3, (1, 1), rays=1)
    assert seen[0, 0, 0] == pytest.approx(10 * np.sqrt(3), rel=1e-3)


def test_volume_of_an_octahedron():
    # |z| + |y| + |x| <= 8 holds 4/3 · 8³; offsets count in lengths of the normal.
    for scale in (1.0, 2.5):
        normals, offsets = scale * OCTAHEDRON, np.full(8, scale * 8 / np.sqrt(3))
        seen = polyhedron_thickness(normals, offsets, [0.0, 31.0], 0.25, (80, 80), rays=4)
        np.testing.assert_allclose(seen.sum(axis=(1, 2)) * 0.25**2, 4 / 3 * 8**3, rtol=1e-4)


def shares_of_leaning(voxels, points):
    axis = ((np.arange(voxels * points) + 0.5) / points / voxels - 0.5) * 24
    z, y, x = axis[:, None, None], axis[:, None], axis
    inside = np.ones((len(axis),) * 3, bool)
    for normal in LEANING:
        inside &= normal[0] * z + normal[1] * y + normal[2] * x <= 6.0
    return inside.reshape((voxels, points) * 3).mean(axis=(1, 3, 5), dtype=np.float32)


@pytest.mark.parametrize("angle", [0.0, 33.0])
def test_voxels_converge_to_it(angle):
    errors = {1: [], 4: []}
    for points, found in errors.items():
        for voxels in (16, 32, 64):
            size = 24 / voxels
            exact = polyhedron_thickness(LEANING, np.full(6, 6.0), [angle], size, (voxels, voxels))[0]
            share = shares_of_leaning(voxels, points)
            labels = Labels((share > 0.5).astype(np.uint8), size)
            shares = np.stack([share, *np.zeros((3, *share.shape), np.float32)])
            corners = Corners.of_labels(labels, *with_fractions(labels, np.eye(4), shares))
            error = corners.project(angle, size, voxels)[0] - exact
            found.append(np.sqrt(np.mean(error**2)))
    # Seen along their edges, mixed voxels keep every average. Turned, they smear by their shadow.
    assert all(found[2] < 0.3 * found[0] for found in errors.values()), errors
    if angle == 0:
        assert all(mixed < 0.05 * labelled for labelled, mixed in zip(*errors.values(), strict=True)), errors


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"normals": BOX[:3], "offsets_um": np.ones(3)}, "open"),
        ({"normals": BOX[:, :2]}, "normal"),
        ({"normals": BOX * [[0], [1], [1], [1], [1], [1]]}, "length 0"),
        ({"offsets_um": np.full(6, np.nan)}, "finite"),
        ({"shape": (0, 4)}, "row"),
    ],
)
def test_refusals(changes, message):
    request = {"normals": BOX, "offsets_um": np.ones(6), "angles_deg": [5.0], "pixel_size_um": 1.0, "shape": (4, 4)}
    with pytest.raises(InputError, match=message):
        polyhedron_thickness(**(request | changes))


def test_half_spaces_without_common_points():
    assert not polyhedron_thickness(BOX, [1.0, 1.0, 1.0, -2.0, 1.0, 1.0], [12.0], 0.5, (8, 8)).any()
