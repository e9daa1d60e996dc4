from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption import sphere_directions
from napari_crystalseg.absorption.tracing.nodes import circle_nodes, exact_nodes, sphere_nodes
from napari_crystalseg.experiment.goniometer import rotation_matrices


def interpolate(nodes, values):
    """A field at the reflections, from its values at the nodes."""
    at = values[nodes.index]
    if nodes.index.shape[1] == 1:
        return at[:, 0]
    first = at[:, 0] + nodes.fraction[:, 0] * (at[:, 1] - at[:, 0])
    if nodes.index.shape[1] == 2:
        return first
    second = at[:, 2] + nodes.fraction[:, 1] * (at[:, 3] - at[:, 2])
    return first + nodes.fraction[:, 2] * (second - first)


def field(directions):
    return np.exp(directions @ [0.4, -0.7, 0.2]) + directions[:, 0] * directions[:, 2]


def turning(n, axis=(0.2, 1, -0.4), start=(1, 0.5, 0.3), seed=0):
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    return rotation_matrices(axis, angle) @ (np.array(start) / np.linalg.norm(start))


def test_equal_directions_are_one_node():
    directions = sphere_directions(5)[[0, 3, 3, 1, 0]]
    nodes = exact_nodes(directions)
    assert len(nodes) == 3
    assert not nodes.interpolated
    assert np.array_equal(nodes.directions[nodes.index[:, 0]], directions)


@pytest.mark.parametrize("spacing", [12.0, 6.0, 3.0, 1.7])
def test_a_smooth_field_is_interpolated_with_the_square_of_the_spacing(spacing):
    poles = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, -1], [np.cos(1e-4), np.sin(1e-4), 0]])
    everywhere = np.concatenate([sphere_directions(3000), poles])
    circle = turning(500)
    for directions, nodes in (
        (everywhere, sphere_nodes(everywhere, spacing)),
        (circle, circle_nodes(circle, np.zeros(500, int), spacing)),
    ):
        assert nodes.interpolated
        assert np.allclose(np.linalg.norm(nodes.directions, axis=1), 1)
        assert (nodes.fraction >= 0).all()
        assert (nodes.fraction <= 1 + 1e-9).all()
        off = interpolate(nodes, field(nodes.directions)) - field(directions)
        step = np.deg2rad(spacing)
        # Close to a pole, where rings are small, the error is of first order, with a small factor.
        assert np.abs(off).max() < 0.75 * step**2 + (0.02 * step if nodes.index.shape[1] == 4 else 0)
        assert np.abs(off).mean() < 0.25 * step**2
        assert np.allclose(interpolate(nodes, np.ones(len(nodes))), 1, rtol=0, atol=0)


def test_nodes_are_as_far_apart_as_asked_for():
    nodes = sphere_nodes(sphere_directions(20_000), 6.0)
    # A sphere is 41253 square degrees.
    assert len(nodes) == pytest.approx(41253 / 36, rel=0.08)
    nearest = np.sort(nodes.directions @ nodes.directions.T, axis=1)[:, -2]
    assert np.degrees(np.arccos(nearest)).max() <= 6.01
    circle = turning(5000)
    assert len(circle_nodes(circle, np.zeros(5000, int), 2.0)) == 180


def test_only_nodes_next_to_a_direction_are_kept():
    one = sphere_directions(50)[[7]]
    assert len(sphere_nodes(one, 2.0)) == 4
    assert len(circle_nodes(one, np.zeros(1, int), 2.0)) == 2
    nodes = sphere_nodes(sphere_directions(500), 4.0)
    few = nodes.of(np.array([3, 400]))
    assert len(few) <= 8
    values = field(few.directions)
    assert interpolate(few, values) == pytest.approx(interpolate(nodes, field(nodes.directions))[[3, 400]], rel=1e-12)


def test_sweeps_on_one_circle_share_it_and_others_do_not():
    same, other = turning(200, seed=1), turning(200, axis=(1, 0, 0), seed=2)
    groups = np.repeat([0, 1, 2], 200)
    nodes = circle_nodes(np.concatenate([turning(200), same, other]), groups, 5.0)
    assert len(nodes) == 2 * 72
    assert set(nodes.index[:200].ravel()) == set(nodes.index[200:400].ravel())
    assert not set(nodes.index[:200].ravel()) & set(nodes.index[400:].ravel())
    assert circle_nodes(sphere_directions(50), np.zeros(50, int), 5.0) is None
