"""Clicks: a region comes right by a click or three, on grids of any proportions, and nothing leaks."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, gaussian_filter

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.review.tools.clicks.click import Click
from napari_crystalseg.review.tools.clicks.region_clicks import RegionClicks
from napari_crystalseg.volume import Volume

ANISOTROPIC = (2.0, 1.0, 0.5)


def ball(shape, middle, radius_um, voxel_um):
    sides = (((np.arange(n) - m) * v) ** 2 for n, m, v in zip(shape, middle, voxel_um, strict=True))
    z, y, x = sides
    return z[:, None, None] + y[None, :, None] + x[None, None, :] <= radius_um**2


def dice(one, other):
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def made(labels, change):
    after = labels.copy()
    if change is not None:
        after[change.box][change.mask] = change.labels[change.mask]
    return after


def sample(noise, seed=0):
    """A crystal in liquor in air: labels and values."""
    shape = (48, 56, 56)
    labels = np.zeros(shape, dtype=np.uint8)
    labels[ball(shape, (24, 28, 28), 22, (1, 1, 1))] = 1
    labels[12:36, 16:40, 17:39] = 3
    values = gaussian_filter(np.array([0.0, 0.5, 0, 0.8], np.float32)[labels], 0.7)
    values += noise * np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    return labels, Volume(values, 1.0)


@pytest.mark.parametrize("middle", [(12, 24, 40), (0, 24, 79)])
def test_a_click_in_a_homogeneous_ball_recovers_exactly_the_ball(middle):
    shape = (24, 48, 80)
    truth = ball(shape, middle, 9.0, ANISOTROPIC)
    labels = np.ones(shape, dtype=np.uint8)
    volume = Volume(np.where(truth, 0.8, 0.5).astype(np.float32), ANISOTROPIC)
    change = RegionClicks().propose(labels, volume, [Click(middle)])
    assert change is not None
    np.testing.assert_array_equal(made(labels, change) == 3, truth)


def test_a_click_that_it_is_not_here_gives_the_region_back_exactly():
    shape = (24, 48, 80)
    wrong = ball(shape, (12, 24, 40), 8.0, ANISOTROPIC)
    truth = np.ones(shape, dtype=np.uint8)
    truth[:, :, :20] = 3
    labels = truth.copy()
    labels[wrong] = 3
    volume = Volume(np.where(truth == 3, 0.8, 0.5).astype(np.float32), ANISOTROPIC)
    change = RegionClicks().propose(labels, volume, [Click((12, 24, 40), here=False)])
    np.testing.assert_array_equal(made(labels, change), truth)


@pytest.mark.parametrize("noise", [0.05, 0.15])
@pytest.mark.parametrize("given", [1, 3])
def test_three_clicks_restore_a_damaged_crystal(given, noise):
    """A blob of the crystal was given to liquor, or one of liquor to the crystal: Dice 0.8 and less before."""
    truth, volume = sample(noise)
    labels = truth.copy()
    if given == 1:
        labels[ball(truth.shape, (14, 20, 20), 17, (1, 1, 1)) & (truth == 3)] = 1
    else:
        labels[ball(truth.shape, (24, 28, 46), 15, (1, 1, 1)) & (truth == 1)] = 3
        labels[ball(truth.shape, (24, 6, 28), 12, (1, 1, 1)) & (truth == 1)] = 3
    assert dice(labels == 3, truth == 3) < 0.86
    clicks = []
    for _ in range(3):
        now = made(labels, RegionClicks().propose(labels, volume, clicks)) if clicks else labels
        error = (now == 3) != (truth == 3)
        place = np.unravel_index(distance_transform_edt(error).argmax(), error.shape)
        clicks.append(Click(place, here=bool(truth[place] == 3)))
    after = made(labels, RegionClicks().propose(labels, volume, clicks))
    assert dice(after == 3, truth == 3) >= 0.95
    for click in clicks:
        assert (after[click.place] == 3) == click.here


@pytest.mark.parametrize("jitter", [0, 2])
@pytest.mark.parametrize("crystal", [0.8, 0.5])
def test_no_click_of_a_shaky_hand_makes_a_damaged_crystal_worse(jitter, crystal):
    """Also where crystal and liquor have the same values, so that nothing but the click's own place ends a region."""
    truth, volume = sample(0.05)
    values = volume.data + np.where(truth == 3, np.float32(crystal - 0.8), np.float32(0))
    labels = truth.copy()
    labels[ball(truth.shape, (14, 20, 20), 13, (1, 1, 1)) & (truth == 3)] = 1
    labels[ball(truth.shape, (24, 28, 43), 8, (1, 1, 1)) & (truth == 1)] = 3
    rng = np.random.default_rng(jitter)
    scores = [dice(labels == 3, truth == 3)]
    for _ in range(5):
        error = (labels == 3) != (truth == 3)
        place = np.array(np.unravel_index(distance_transform_edt(error).argmax(), error.shape))
        here = bool(truth[tuple(place)] == 3)
        place = tuple(place + rng.integers(-jitter, jitter + 1, 3))
        labels = made(labels, RegionClicks().propose(labels, Volume(values, 1.0), [Click(place, here=here)]))
        scores.append(dice(labels == 3, truth == 3))
    assert np.diff(scores).min() > -0.005
    assert scores[-1] > scores[0] + (0.5 if crystal > 0.5 else 0.2) * (1 - scores[0])


def test_a_click_changes_nothing_far_from_it_when_its_own_class_is_near():
    labels = np.full((40, 40, 40), 1, dtype=np.uint8)
    labels[:, :, :10] = 3
    change = RegionClicks().propose(labels, Volume(np.where(labels == 3, 0.9, 0.5), 1.0), [Click((20, 20, 13))])
    assert change is not None and change.voxels <= 4 * np.pi / 3 * 16**3 / 10


def test_a_click_in_noise_does_not_take_the_volume():
    rng = np.random.default_rng(1)
    shape = (120, 120, 120)
    volume = Volume(rng.standard_normal(shape).astype(np.float32), 1.0)
    labels = np.ones(shape, dtype=np.uint8)
    after = made(labels, RegionClicks(most_voxels=60**3).propose(labels, volume, [Click((60, 60, 60))]))
    assert after[60, 60, 60] == 3
    assert np.count_nonzero(after == 3) <= 61**3


def test_a_constant_volume_gives_the_place_alone():
    labels = np.ones((20, 20, 20), dtype=np.uint8)
    after = made(labels, RegionClicks().propose(labels, Volume(np.full(labels.shape, 2.0), 1.0), [Click((10, 10, 10))]))
    assert after[10, 10, 10] == 3


def test_probabilities_decide_where_values_say_nothing():
    shape = (32, 32, 32)
    truth = ball(shape, (16, 16, 16), 9, (1, 1, 1))
    labels = np.ones(shape, dtype=np.uint8)
    noise = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    probabilities = np.full((5, *shape), 0.01)
    probabilities[3], probabilities[1] = np.where(truth, 0.96, 0.01), np.where(truth, 0.01, 0.96)
    after = made(labels, RegionClicks().propose(labels, Volume(noise, 1.0), [Click((16, 16, 16))], probabilities))
    assert dice(after == 3, truth) > 0.95


def test_what_is_no_click_is_refused():
    labels, volume = sample(0.0)
    with pytest.raises(InputError, match="no click yet"):
        RegionClicks().propose(labels, volume, [])
    with pytest.raises(InputError, match="outside the volume"):
        RegionClicks().propose(labels, volume, [Click((48, 0, 0))])
    with pytest.raises(InputError, match="three whole numbers"):
        Click((-1, 0, 0))
    with pytest.raises(InputError, match="only 0 air"):
        Click((1, 0, 0), label=7)


def test_it_can_be_sent_to_a_process_and_cancelled():
    labels, volume = sample(0.05)
    model = pickle.loads(pickle.dumps(RegionClicks()))

    def stop(fraction, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        model.propose(labels, volume, [Click((24, 28, 28))], progress=stop)
