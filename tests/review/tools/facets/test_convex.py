"""Crystals without bites."""

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.tools.facets.convex import MakeConvex, hull_of, make_convex
from napari_crystalseg.review.tools.scene import Scene

VOXEL = (1.0, 2.0, 0.5)


def octahedron(radius=12, side=30):
    at = np.abs(np.indices((side,) * 3) - side // 2)
    return at.sum(axis=0) <= radius


def bitten():
    truth = np.full((30, 30, 30), Material.LIQUOR, np.uint8)
    truth[octahedron()] = Material.CRYSTAL
    labels = truth.copy()
    labels[17:22, 15:22, 14:20] = Material.LIQUOR
    labels[13:16, 13:16, 13:16] = Material.AIR
    labels[12:16, 10:12, 18:20] = Material.LOOP
    return truth, labels


def test_the_hull_of_a_convex_body_is_the_body_and_that_of_its_corners_too():
    body = octahedron()
    assert np.array_equal(hull_of(body), body)
    corners = np.zeros_like(body)
    for axis in range(3):
        for end in (3, 27):
            corners[tuple(end if other == axis else 15 for other in range(3))] = True
    assert np.array_equal(hull_of(corners), body)


def test_bites_and_holes_come_back_and_loops_where_they_are_asked_for():
    truth, labels = bitten()
    for over_loop, left in ((False, labels == Material.LOOP), (True, np.zeros(labels.shape, bool))):
        change = MakeConvex(over_loop).propose(Scene(labels, VOXEL))
        after = labels.copy()
        after[change.box][change.mask] = change.labels[change.mask]
        assert np.array_equal(after != truth, left)
    assert make_convex(truth, VOXEL) is None


def test_specks_that_touch_the_crystal_do_not_widen_it():
    truth, _ = bitten()
    labels = truth.copy()
    labels[15, 15, 27:30] = Material.CRYSTAL
    change = make_convex(labels, VOXEL)
    assert change is None or change.voxels < 0.01 * octahedron().sum()


def test_no_crystal_and_a_flat_one_are_refused():
    labels = np.zeros((8, 8, 8), np.uint8)
    with pytest.raises(InputError, match="no crystal"):
        make_convex(labels, VOXEL)
    labels[3, 2:6, 2:6] = Material.CRYSTAL
    with pytest.raises(InputError, match="in a plane"):
        make_convex(labels, VOXEL)
