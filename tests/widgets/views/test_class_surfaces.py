"""Surfaces of classes against shapes that are known."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.class_colours import CLASS_COLOURS
from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.views.class_surfaces import LIQUOR_OPACITY, class_surfaces


def _ball(shape, centre, radius):
    z, y, x = np.indices(shape)
    return (z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2 <= radius**2


def _sample(n=48):
    data = np.zeros((n, n, n), np.uint8)
    data[_ball(data.shape, (24, 24, 24), 18)] = Material.LIQUOR
    data[_ball(data.shape, (24, 24, 20), 8)] = Material.CRYSTAL
    return data


def _volume(vertices, triangles):
    a, b, c = (vertices[triangles[:, corner]].astype(float) for corner in range(3))
    return abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6


def _of_hue(surfaces, material):
    """Triangles in the hue of a class, however they are lit."""
    colours = surfaces.colours[surfaces.triangles[:, 0], :3]
    hue = np.array(CLASS_COLOURS[material][:3])
    likeness = colours @ hue / np.linalg.norm(colours, axis=1) / np.linalg.norm(hue)
    return surfaces.triangles[likeness > 1 - 1e-5]


def test_a_ball_of_crystal_in_a_ball_of_liquor():
    data = _sample()
    found = class_surfaces(data)
    crystal, liquor = _of_hue(found, Material.CRYSTAL), _of_hue(found, Material.LIQUOR)
    assert len(crystal) + len(liquor) == len(found.triangles)
    assert _volume(found.vertices, crystal) == pytest.approx(np.count_nonzero(data == Material.CRYSTAL), rel=0.05)
    assert _volume(found.vertices, liquor) == pytest.approx(np.count_nonzero(data), rel=0.03)
    radii = np.linalg.norm(found.vertices[np.unique(liquor)] - 24, axis=1)
    assert radii.min() > 17 and radii.max() < 19  # nothing of the liquor around the crystal
    assert (found.colours[np.unique(crystal), 3] == 1).all()
    assert found.colours[np.unique(liquor), 3] == pytest.approx(LIQUOR_OPACITY)
    assert found.triangles.shape[0] - 1 == np.flatnonzero((found.triangles == liquor[-1]).all(axis=1))[-1]


def test_thinning_out_keeps_the_place():
    data = np.kron(_sample(), np.ones((3, 3, 3), np.uint8))
    fine, coarse = class_surfaces(data, 144), class_surfaces(data, 40)
    assert len(coarse.triangles) < len(fine.triangles) / 6
    for corner in (np.min, np.max):
        np.testing.assert_allclose(corner(coarse.vertices, axis=0), corner(fine.vertices, axis=0), atol=4)


def test_what_is_one_voxel_thin_is_kept():
    data = np.zeros((20, 20, 20), np.uint8)
    data[10, 10, 2:18] = Material.LOOP
    found = class_surfaces(data)
    assert found.vertices[:, 2].min() < 2.6 and found.vertices[:, 2].max() > 16.4
    assert np.abs(found.vertices[:, :2] - 10).max() < 1


def test_codes_at_the_edge_unknown_ones_and_air():
    data = np.zeros((6, 7, 8), np.uint8)
    assert class_surfaces(data) is None
    data[...] = 7
    found = class_surfaces(data)
    assert (found.vertices >= 0).all() and (found.vertices <= np.array(data.shape) - 1).all()
    assert (found.colours[:, 1:3] == 0).all() and (found.colours[:, 0] > 0).all()
