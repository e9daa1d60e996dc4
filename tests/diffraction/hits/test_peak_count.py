from __future__ import annotations

import numpy as np
import pytest

from helpers import lcysteine
from helpers.drawn_spots import expected_spots, flat_panel, scattered
from napari_crystalseg.diffraction.hits import PeakCountHitFinder, recurring_pixels
from napari_crystalseg.errors import InputError

SHAPE = (300, 320)
FINDER = PeakCountHitFinder()


def water(level):
    y, x = np.indices(SHAPE)
    return level * (0.3 + 4 * np.exp(-(((np.hypot(x - 160, y - 150) - 90) / 25) ** 2) / 2))


def noisy(mean, seed):
    return np.random.default_rng(seed).poisson(mean).astype(np.int32)


@pytest.mark.parametrize("level", [0.003, 0.1, 2.0, 100.0])
def test_noise_is_no_hit_at_any_flux(level):
    found = [FINDER.find(noisy(water(level), seed)) for seed in range(6)]
    # By the odds as they are stated, 10 to 1 for a crystal come in one of ten such images at most.
    assert sum(one.margin > 1 for one in found) == 0
    assert sum(one.hit for one in found) <= 1


@pytest.mark.parametrize("level", [0.02, 0.5, 10.0])
def test_many_spots_too_weak_for_one_to_be_sure_are_a_hit(level):
    places = scattered(SHAPE, 60, seed=1)
    spots = expected_spots(SHAPE, places, 5 * np.sqrt(9 * level + 1) + 1)
    found = FINDER.find(noisy(water(level) + spots, 7))
    assert found.margin > 2
    assert found.n_spots < 30


def test_a_few_strong_spots_are_a_hit_and_their_number_is_told():
    spots = expected_spots(SHAPE, scattered(SHAPE, 12, seed=2), 300.0)
    found = FINDER.find(noisy(water(1.0) + spots, 3))
    assert found.hit
    assert found.probability > 0.999
    assert found.n_spots == 12
    assert found.finder == "peaks"


def hot(image, random):
    image[random.integers(0, 300, 25), random.integers(0, 320, 25)] = 1000


def scratch(image, random):
    image[100, 200:260] += 100


def gaps(image, random):
    image[:, 100:110] = image[200:217] = 0


def stop(image, random):
    image[140:165, :170] = 0


@pytest.mark.parametrize("damage", [hot, scratch, gaps, stop])
@pytest.mark.parametrize("level", [0.02, 10.0])
def test_what_is_of_the_detector_is_no_hit(damage, level):
    image = noisy(np.full(SHAPE, level), 11)
    damage(image, np.random.default_rng(4))
    assert not FINDER.find(image).hit


def test_uneven_calibration_is_no_hit():
    mean = 100 * np.random.default_rng(1).normal(1, 0.03, SHAPE)
    assert not FINDER.find(noisy(mean, 2)).hit


def test_values_of_an_integrating_detector_with_noise_of_its_own():
    random = np.random.default_rng(5)
    spots = expected_spots(SHAPE, scattered(SHAPE, 20, seed=2), 40.0)
    for mean, hit in ((water(0.1), False), (water(0.1) + spots, True)):
        values = random.poisson(mean) * 37.0 + random.normal(0, 5, SHAPE)
        assert FINDER.find(values.astype(np.float32)).hit is hit
        assert FINDER.find(np.rint(values).astype(np.int16)).hit is hit


def test_a_sharp_ring_is_no_hit_where_the_geometry_is_known():
    y, x = np.indices(SHAPE) + 0.5
    ring = 25 * np.exp(-(((np.hypot(x - 160, y - 150) - 110) / 0.7) ** 2) / 2)
    found = FINDER.find(noisy(0.5 + ring, 3), panel=flat_panel(SHAPE, 80.0))
    assert not found.hit


def test_the_rate_of_hits_moves_the_odds():
    image = noisy(water(0.5) + expected_spots(SHAPE, scattered(SHAPE, 25, seed=8), 6.0), 5)
    rare, usual = (PeakCountHitFinder(hit_rate=rate).find(image) for rate in (0.01, 0.5))
    assert usual.margin - rare.margin == pytest.approx(np.log10(99), abs=1e-6)
    with pytest.raises(InputError, match="part of images that are hits"):
        PeakCountHitFinder(hit_rate=1.5)


def test_pixels_that_recur_are_hot_and_spots_that_move_are_not():
    places = [(30, 40), (200, 111)]
    images = []
    for seed in range(9):
        image = noisy(2 + expected_spots(SHAPE, scattered(SHAPE, 10, seed), 500.0), seed)
        for row, column in places:
            image[row, column] = 400
        images.append(image)
    recurring = recurring_pixels(images)
    assert {tuple(int(v) for v in place) for place in np.argwhere(recurring)} == set(places)
    assert recurring_pixels(images[:5]) is None
    with pytest.raises(InputError, match="of one size"):
        recurring_pixels([images[0], images[1][:, :-1]])


def test_a_real_image_with_spots_is_a_hit_and_its_background_is_not():
    pytest.importorskip("fabio")
    image = lcysteine.image()
    found = FINDER.find(image)
    assert found.margin > 3
    mask = np.zeros(image.shape, bool)
    for fast, slow in found.spots.centroid_px.astype(int):
        mask[max(slow - 12, 0) : slow + 13, max(fast - 12, 0) : fast + 13] = True
    assert FINDER.find(image, mask).margin < found.margin
