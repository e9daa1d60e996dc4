"""Projected crystals: areas, middles and outlines that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from napari_crystalseg.draws import random_rotation
from napari_crystalseg.phantom.crystals.habits import HABITS
from napari_crystalseg.phantom.crystals.polyhedron import Polyhedron
from napari_crystalseg.simulation.drops.contents.crystal_groups import outline_of
from napari_crystalseg.simulation.drops.contents.crystal_marks import convex_mask
from napari_crystalseg.simulation.drops.contents.crystal_shapes import Facets, draw_body, grown_facets, project
from napari_crystalseg.simulation.drops.view import View


def cube(half: float) -> Facets:
    """A cube of a half side in pixels."""
    body = Polyhedron(np.vstack([np.eye(3), -np.eye(3)]), np.ones(6), np.zeros(3))
    unit = Facets.of(body)
    return Facets(unit.corners * half * math.sqrt(3), unit.starts)


@pytest.mark.parametrize("seed", range(4))
def test_a_turned_cube_throws_the_shadow_that_its_faces_add_up_to(seed: int) -> None:
    rotation = random_rotation(np.random.default_rng(seed)).as_matrix()
    seen = project(cube(20.0).moved(rotation), (60.3, 55.8))
    # Each pair of faces, 40 × 40, is seen under the cosine of its normal to the line of sight.
    expected = 1600 * np.abs(rotation[0]).sum()
    assert seen.area_px == pytest.approx(expected, rel=1e-9)
    mask, origin = convex_mask(seen.outline, (120, 110))
    assert mask.sum() == pytest.approx(expected, abs=0.5 * 4 * 60)
    assert mask.sum() == pytest.approx(expected, rel=0.01)
    rows, columns = np.nonzero(mask)
    assert rows.mean() + origin[0] == pytest.approx(60.3, abs=0.3)
    assert columns.mean() + origin[1] == pytest.approx(55.8, abs=0.3)


def test_a_cube_that_lies_flat_is_a_square_of_whole_pixels() -> None:
    seen = project(cube(10.0), (30.5, 40.5))
    mask, origin = convex_mask(seen.outline, (64, 64))
    # From 20.5 to 40.5 there are the centres 21 to 40.
    assert mask.shape == (20, 20)
    assert mask.all()
    assert origin == (21, 31)


@pytest.mark.parametrize("name", HABITS)
def test_facets_of_a_habit_close_and_look_outwards(name: str) -> None:
    facets = Facets.of(HABITS[name].polyhedron(1.0))
    seen = project(facets.moved(30 * random_rotation(np.random.default_rng(1)).as_matrix()), (0.0, 0.0))
    # The areas of a closed surface, as vectors, add up to nothing; as it is convex, its centre lies below each facet.
    np.testing.assert_allclose(seen.normals.sum(0), 0, atol=1e-6)
    assert (seen.heights > 0).all()


def test_crystals_to_be_drawn_have_the_length_that_was_asked_for() -> None:
    rng = np.random.default_rng(3)
    for kind in ("block", "rod", "needle", "plate"):
        for _ in range(5):
            body = draw_body(rng, kind, 50.0)
            reach = np.linalg.norm(body.corners[:, None] - body.corners[None], axis=-1).max()
            assert 50.0 <= reach * (1 + 1e-9) <= 50.0 * math.sqrt(3) * (1 + 1e-6)
    assert len(grown_facets()) > 40


def test_outlines_keep_to_the_image_and_need_half_of_the_crystal() -> None:
    view = View((64, 80))
    whole = project(cube(10.0), (64.0, 80.0))
    outlined = outline_of(view, [whole], 24)
    assert outlined is not None
    # Twenty pixels of the finer grid are ten of the image.
    assert outlined.area_px == 100
    column, row, end_column, end_row = outlined.box_px
    assert (end_column - column, end_row - row) == (10, 10)
    assert outline_of(view, [project(cube(10.0), (0.0, 80.0))], 24) is not None
    assert outline_of(view, [project(cube(10.0), (-3.0, 80.0))], 24) is None
    assert outline_of(view, [whole], 101) is None
