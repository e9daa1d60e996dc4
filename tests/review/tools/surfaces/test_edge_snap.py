"""Surfaces that move to the edges of the voxel values."""

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.tools.scene import Scene
from napari_crystalseg.review.tools.surfaces.edge_snap import SnapToEdges, snap_to_edges

VOXEL = (1.0, 1.0, 1.5)


def ball(radius, shape=(40, 40, 28)):
    at = (np.indices(shape).T - (np.array(shape) - 1) / 2).T * np.reshape(VOXEL, (3, 1, 1, 1))
    return np.sqrt((at**2).sum(axis=0)) < radius


def values(truth, levels, noise=0.02):
    from scipy.ndimage import gaussian_filter

    blurred = gaussian_filter(np.array(levels, np.float32)[truth], 0.8)
    return blurred + noise * np.random.default_rng(1).standard_normal(truth.shape).astype(np.float32)


def wrong(labels, change, truth):
    after = labels.copy()
    if change is not None:
        after[change.box][change.mask] = change.labels[change.mask]
    return int(np.count_nonzero(after != truth))


@pytest.mark.parametrize("drawn", [11.0, 15.0])
@pytest.mark.parametrize("label", [Material.AIR, Material.LIQUOR])
def test_liquor_drawn_too_small_or_too_large_moves_to_within_half_a_voxel_of_its_edge(drawn, label):
    truth = ball(13.0).astype(np.uint8)
    labels = ball(drawn).astype(np.uint8)
    change = snap_to_edges(labels, values(truth, (0.0, 1.0)), label, 3.0, VOXEL)
    assert wrong(labels, change, truth) < 0.35 * np.count_nonzero(labels != truth)


def test_right_labels_stay_and_so_does_a_surface_that_values_do_not_show():
    truth = ball(15.0).astype(np.uint8)
    truth[ball(9.0)] = Material.CRYSTAL
    alike = values(truth, (0.0, 1.0, 0.0, 1.0))
    shifted = truth.copy()
    shifted[ball(11.0)] = Material.CRYSTAL
    for labels in (truth, shifted):
        for label in (Material.AIR, Material.CRYSTAL):
            change = snap_to_edges(labels, alike, label, 3.0, VOXEL)
            assert (0 if change is None else change.voxels) < 0.01 * np.count_nonzero(truth)


def test_it_moves_within_the_two_classes_that_meet_and_no_further_than_it_may():
    """The strong edge of a thin film against air is not that of the crystal below it."""
    truth = ball(13.0).astype(np.uint8)
    truth[ball(11.0)] = Material.CRYSTAL
    seen = values(truth, (0.0, 1.0, 0.0, 1.3), 0.01)
    labels = truth.copy()
    labels[ball(11.0) & ~ball(9.0)] = Material.LIQUOR
    change = snap_to_edges(labels, seen, Material.CRYSTAL, 3.0, VOXEL)
    assert wrong(labels, change, truth) < 0.4 * np.count_nonzero(labels != truth)
    assert np.all(labels[change.box][change.mask] != Material.AIR)
    near = snap_to_edges(labels, seen, Material.CRYSTAL, 0.5, VOXEL)
    assert near is None or near.voxels < 0.5 * change.voxels


def test_loops_stay_and_nothing_is_done_without_surface_or_values():
    truth = ball(13.0).astype(np.uint8)
    labels = ball(11.0).astype(np.uint8)
    truth[:, 19:21, :] = labels[:, 19:21, :] = Material.LOOP
    seen = values(truth, (0.0, 1.0, 1.0))
    change = snap_to_edges(labels, seen, Material.AIR, 3.0, VOXEL)
    assert not (labels[change.box][change.mask] == Material.LOOP).any()
    assert not (change.labels[change.mask] == Material.LOOP).any()
    assert snap_to_edges(np.zeros_like(labels), seen, Material.AIR, 3.0, VOXEL) is None
    with pytest.raises(InputError, match="open its own"):
        snap_to_edges(labels, seen[1:], Material.AIR, 3.0, VOXEL)
    with pytest.raises(InputError, match="open it first"):
        SnapToEdges().propose(Scene(labels, VOXEL))


def test_near_the_cursor_alone():
    truth, labels = ball(13.0).astype(np.uint8), ball(11.0).astype(np.uint8)
    seen = values(truth, (0.0, 1.0))
    everywhere = SnapToEdges().propose(Scene(labels, VOXEL, label=Material.AIR, values=seen))
    point = (19.0, 19.0, 21.0)
    change = SnapToEdges(about_um=5.0).propose(Scene(labels, VOXEL, label=Material.AIR, values=seen, point=point))
    places = (np.argwhere(change.mask) + [side.start for side in change.box] - np.array(point)) * VOXEL
    assert np.linalg.norm(places, axis=1).max() <= 5.0
    assert 0 < change.voxels < everywhere.voxels
    assert wrong(labels, change, truth) < np.count_nonzero(labels != truth) - 0.5 * change.voxels


def test_what_lies_on_other_classes_that_stay_is_left_alone():
    """A crystal drawn beside its place, in a drop in a loop: the loop's own surface is none of the crystal's."""
    truth = ball(17.0).astype(np.uint8)
    truth[ball(17.0) & ~ball(14.0)] = Material.LOOP
    truth[ball(8.0)] = Material.CRYSTAL
    labels = np.where(truth == Material.CRYSTAL, np.uint8(Material.LIQUOR), truth)
    labels[np.roll(ball(8.0), 2, axis=0)] = Material.CRYSTAL
    change = snap_to_edges(labels, values(truth, (0.0, 1.0, 0.5, 1.6), 0.05), Material.CRYSTAL, 4.0, VOXEL)
    assert wrong(labels, change, truth) < 0.5 * np.count_nonzero(labels != truth)
    moved = np.zeros(labels.shape, bool)
    moved[change.box] = change.mask
    assert not (moved & ~ball(12.5)).any()
