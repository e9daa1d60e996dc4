"""Clicks by a network: the region at the click alone, brought to the grid of the volume."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.tools.clicks.click import Click
from napari_crystalseg.review.tools.clicks.network_clicks import NetworkClicks
from napari_crystalseg.segmentation.guidance.marks import WRONG
from napari_crystalseg.volume import Volume


class Oracle:
    """Knows what normalised voxel values mean, liquor 1 and crystal 1.67, and notes what it was shown."""

    def __init__(self):
        self.shown = []

    def see(self, voxel_values, marks=(), strokes=None, labels=None):
        self.shown.append((voxel_values.shape, marks, labels))
        found = np.zeros((5, *voxel_values.shape), np.float32)
        for code, low, high in ((0, -9, 0.5), (1, 0.5, 1.3), (3, 1.3, 9)):
            found[code] = (voxel_values > low) & (voxel_values <= high)
        return found


class Nobody:
    """Rules that have nothing to propose, and say that they were asked."""

    asked = 0

    def propose(self, labels, volume, clicks, probabilities=None, progress=None):
        self.asked += 1


def made(labels, change):
    after = labels.copy()
    if change is not None:
        after[change.box][change.mask] = change.labels[change.mask]
    return after


@pytest.fixture
def clicks():
    model = NetworkClicks(rules=Nobody())
    model._network = Oracle()
    return model


def sample(times=1):
    """Two crystals in liquor in air, most of it liquor."""
    truth = np.zeros((40, 48, 44), np.uint8)
    truth[4:36, 4:44, 4:40] = 1
    truth[8:18, 10:36, 10:32] = 3
    truth[24:32, 10:36, 10:32] = 3
    truth = truth.repeat(times, 0).repeat(times, 1).repeat(times, 2)
    values = np.array([0.0, 0.6, 0, 1.0], np.float32)[truth]
    values += 1e-4 * np.random.default_rng(1).standard_normal(truth.shape).astype(np.float32)
    return truth, values


def test_the_crystal_at_the_click_comes_and_the_other_does_not(clicks):
    truth, values = sample()
    labels = np.minimum(truth, 1)
    after = made(labels, clicks.propose(labels, Volume(values, 1.0), [Click((13, 20, 20))]))
    np.testing.assert_array_equal(after[:20], truth[:20])
    np.testing.assert_array_equal(after[20:], labels[20:])


def test_a_click_that_it_is_not_here_gives_the_piece_to_what_the_network_says(clicks):
    truth, values = sample()
    labels = truth.copy()
    labels[18:24, 10:36, 10:32] = 3  # a bridge between the crystals
    click = Click((21, 20, 20), here=False)
    after = made(labels, clicks.propose(labels, Volume(values, 1.0), [click]))
    np.testing.assert_array_equal(after, truth)
    assert [mark.channel for mark in clicks._network.shown[-1][1]] == [WRONG]


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (2.0, 1.0, 0.5)])
def test_on_a_finer_volume_surfaces_are_where_the_probabilities_put_them(clicks, voxel):
    truth, values = sample(3)
    labels = np.minimum(truth, 1)
    grid = np.array(truth.shape) * voxel
    coarse = grid.max() / 96 / np.array(voxel)  # voxels of the volume in one of the grid
    after = made(labels, clicks.propose(labels, Volume(values, voxel), [Click((39, 60, 60))]))
    inside = truth == 3
    inside[60:] = False
    depth = distance_transform_edt(inside, coarse.max() / coarse) - distance_transform_edt(
        ~inside, coarse.max() / coarse
    )
    surely = np.abs(depth) > coarse.max()
    np.testing.assert_array_equal(after[surely], np.where(inside, 3, labels)[surely])


def test_the_network_sees_64_voxels_about_the_click_and_earlier_clicks_where_they_lie(clicks):
    values = np.random.default_rng(0).random((96, 90, 80)).astype(np.float32)
    values[30:60, 30:60, 30:60] += 3
    labels = np.zeros(values.shape, np.uint8)
    clicks.followed(labels, values, (1.0, 1.0, 1.0), [Click((60, 50, 50), 1), Click((90, 45, 4))])
    shape, marks, seen = clicks._network.shown[-1]
    assert shape == (64, 64, 64) and seen.shape == shape
    assert [mark.place for mark in marks] == [(60 - 32, 50 - 13, 50), (90 - 32, 45 - 13, 4)]
    assert [mark.channel for mark in marks] == [1, 3]


def test_a_piece_that_is_larger_than_what_the_network_sees_does_not_end_in_a_plane(clicks):
    liquor = np.zeros((96, 90, 80), np.uint8)
    liquor[2:94, 2:88, 2:78] = 1
    crystal = np.zeros(liquor.shape, bool)
    crystal[5:90, 30:60, 20:50] = True
    truth, labels = np.where(crystal, np.uint8(3), liquor), liquor
    shown = np.array([0.0, 0.6, 0, 1.0], np.float32)[truth]
    shown += 1e-4 * np.random.default_rng(1).standard_normal(truth.shape).astype(np.float32)
    after = made(labels, clicks.followed(labels, shown, (1.0, 1.0, 1.0), [Click((20, 40, 40))]))
    np.testing.assert_array_equal(after, truth)  # and not to 64 of 90 alone
    # Of the next box it was shown what is labelled by now, and one click more.
    (_, first, _), (_, second, before) = clicks._network.shown
    assert (len(first), len(second)) == (1, 2) and second[1].channel == 3
    assert (before[:32] == 3).sum() >= 30 * 30 * 30


def test_rules_are_asked_where_the_network_finds_no_more_than_a_brush_would_change(clicks):
    truth, values = sample()
    labels = np.minimum(truth, 1)
    large, small = np.zeros(truth.shape, bool), np.zeros(truth.shape, bool)
    large[10:16, 16:24, 16:24], small[12:15, 19:22, 19:22] = True, True
    asked = []

    def proposing(mask):
        def rules(progress):
            asked.append(mask is large)
            return Change.of_mask(mask, 3)

        return rules

    def found(now, click, mask):
        change = clicks.before(proposing(mask), now, values, (1.0, 1.0, 1.0), [click])
        return None if change is None else change.voxels

    assert found(labels, Click((13, 20, 20)), large) == 10 * 26 * 22
    assert asked == []
    nearly = truth.copy()
    nearly[12:15, 18:21, 19:22] = 1
    assert found(nearly, Click((13, 19, 20)), large) == large.sum()
    assert asked == [True]
    nearly[11:15, 18:21, 19:22] = 1
    assert found(nearly, Click((13, 19, 20)), small) == 4 * 3 * 3
    assert asked == [True, False]
    # What nobody would change stays.
    assert clicks.propose(truth, Volume(values, 1.0), [Click((2, 2, 2), 0)]) is None
    assert clicks._rules.asked == 1


def test_a_region_ends_at_four_times_the_distance_to_where_the_labels_are_right(clicks):
    truth, values = sample()
    labels = np.minimum(truth, 1)
    labels[8:18, 10:12, 10:32] = 3
    change = clicks.propose(labels, Volume(values, 1.0), [Click((13, 15, 20))])
    found = np.argwhere(made(labels, change) != labels)
    # Four times four, and a voxel more that surfaces may take.
    assert 16 <= np.linalg.norm(found - (13, 15, 20), axis=1).max() < 18


def test_in_a_volume_without_contrast_rules_are_asked(clicks):
    truth, _ = sample()
    assert clicks.propose(truth, Volume(np.ones(truth.shape), 1.0), [Click((13, 20, 20), 1)]) is None
    assert clicks._rules.asked == 1


def test_a_region_beside_a_click_that_is_not_right_itself_was_not_meant(clicks):
    truth, values = sample()
    labels = np.minimum(truth, 1)
    # Two voxels above the crystal, where the network goes on calling it liquor.
    assert clicks.followed(labels, values, (1.0, 1.0, 1.0), [Click((6, 20, 20))]) is None


def test_bad_clicks_are_refused(clicks):
    truth, values = sample()
    volume = Volume(values, 1.0)
    with pytest.raises(InputError, match="no click"):
        clicks.propose(truth, volume, [])
    with pytest.raises(InputError, match="40"):
        clicks.propose(truth, volume, [Click((40, 0, 0))])
    with pytest.raises(InputError, match="must be the same"):
        clicks.propose(truth[1:], volume, [Click((1, 1, 1))])


def test_it_can_be_sent_to_another_process():
    assert isinstance(pickle.loads(pickle.dumps(NetworkClicks())), NetworkClicks)


def test_one_click_brings_back_the_crystal_of_the_sample_data():
    from napari_crystalseg.io import open_labels, open_volume
    from napari_crystalseg.samples import sample_data_folder

    volume = open_volume(sample_data_folder() / "simulated_volume.tif")
    truth = open_labels(sample_data_folder() / "simulated_labels.tif").data
    labels = np.where(truth == 3, 1, truth).astype(np.uint8)
    z, y, x = np.argwhere(truth == 3).mean(axis=0).astype(int)
    model = NetworkClicks()
    for place in ((z, y, x), (z - 5, y + 3, x + 2)):
        found, right = made(labels, model.propose(labels, volume, [Click(place)])) == 3, truth == 3
        assert 2 * np.count_nonzero(found & right) / (found.sum() + right.sum()) > 0.9
