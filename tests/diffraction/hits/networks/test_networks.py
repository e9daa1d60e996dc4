from __future__ import annotations

import json

import numpy as np
import pytest

from helpers.drawn_spots import expected_spots, scattered
from napari_crystalseg.diffraction.hits.examples.hit_conditions import HitConditions
from napari_crystalseg.diffraction.hits.networks.hit_networks import CARD, WEIGHTS, HitNetworks
from napari_crystalseg.diffraction.hits.networks.pooled_image import SHAPE, even_image, pooled_image
from napari_crystalseg.diffraction.hits.networks.train_networks import train_hit_networks
from napari_crystalseg.diffraction.hits.networks.training import fit, linear_classes, ridge
from napari_crystalseg.errors import InputError

SMALL = HitConditions(binning=16, energies_kev=(8.0,), distances_mm=(150.0, 350.0))


def pairs(number, seed, shape=(270, 258)):
    """A stand-in for simulated images: water with spots or without, by turns."""
    random = np.random.default_rng(seed)
    images = []
    for n in range(number):
        signal = expected_spots(shape, scattered(shape, 25, n), 60.0) if n % 2 == 0 else 0
        images.append(pooled_image(random.poisson(np.full(shape, 1.0) + signal)))
    return np.stack(images)[:, np.newaxis], np.arange(number) % 2 == 0


def test_a_pooled_image_keeps_the_brightest_pixels_and_not_the_brightness():
    image = np.random.default_rng(1).poisson(3.0, (540, 517))
    image[100, 200] = 400
    pooled = pooled_image(image)
    assert pooled.shape == SHAPE
    assert np.unravel_index(pooled.argmax(), SHAPE) == (25, 49)
    assert (pooled.mean(), pooled.std()) == pytest.approx((0, 1), abs=1e-3)
    assert pooled_image(image * 9) == pytest.approx(pooled, abs=1e-4)
    assert pooled_image(np.zeros((300, 300))).tolist() == np.zeros(SHAPE).tolist()


def test_an_even_image_is_one_on_average_and_where_nothing_is_measured():
    image = np.full((270, 260), 4, np.int32)
    image[:20] = -1
    even = even_image(image)
    assert even.shape == (27, 26)
    assert even == pytest.approx(np.ones((27, 26)), abs=1e-6)


@pytest.mark.parametrize("name", ["HitNet", "BaseNet"])
def test_a_network_learns(name):
    import torch

    from napari_crystalseg.diffraction.hits.networks import architectures

    torch.manual_seed(0)
    network = getattr(architectures, name)()
    inputs, hits = pairs(24, 1)
    losses = fit(network, inputs, hits, epochs=12, rate=1e-3, minutes=0.5)
    assert losses[-1] < 0.9 * losses[0]


def test_the_network_of_two_inputs_takes_the_peaks_beside_the_image():
    import torch

    from napari_crystalseg.diffraction.hits.networks.architectures import DualNet

    assert DualNet()(torch.zeros(3, 2, *SHAPE)).shape == (3,)


def test_ridge_finds_a_line_between_the_classes():
    random = np.random.default_rng(2)
    inputs = random.normal(size=(300, 12))
    weights, offset = ridge(inputs, inputs[:, :2] * [2.0, -1.0] + [3.0, 4.0], strength=1e-3)
    assert weights[:2] == pytest.approx(np.diag([2.0, -1.0]), abs=1e-3)
    assert offset == pytest.approx([3.0, 4.0], abs=1e-3)


def test_linear_classes_are_told_apart():
    random = np.random.default_rng(4)
    for classes in (2, 3):
        numbers = np.arange(240) % classes
        inputs = random.normal(size=(240, 15))
        inputs[np.arange(240), numbers] += 3
        weights, offset = linear_classes(inputs[:180], numbers[:180], 1.0)
        assert weights.shape == (classes, 15)
        assert ((inputs[180:] @ weights.T + offset).argmax(axis=1) == numbers[180:]).mean() > 0.9


def test_a_training_writes_networks_that_open_again(tmp_path):
    told = []
    made = train_hit_networks(
        tmp_path / "made", SMALL, pairs=4, epochs=1, seed=3, progress=lambda fraction, text: told.append(fraction)
    )
    assert told == sorted(told) and told[-1] == 1.0
    opened = HitNetworks(tmp_path / "made")
    assert opened.card["sha256"] == made.sha256
    assert opened.card["distances_mm"] == [150.0, 350.0]
    assert sum(path.stat().st_size for path in (tmp_path / "made").iterdir()) < 5e6
    image = np.random.default_rng(1).poisson(3.0, (135, 129))
    assert 0 < opened.hit_probability(image) < 1
    found = opened.parameters(image)
    assert sum(found.distance_probability) == pytest.approx(1, abs=1e-3)
    assert found.energy_kev == pytest.approx(8.0, rel=0.3)
    again = train_hit_networks(tmp_path / "again", SMALL, pairs=4, epochs=1, seed=3)
    assert again.hit_probability(image) == made.hit_probability(image)


def test_folders_that_hold_no_networks_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no weights\.pt and no card\.json"):
        HitNetworks(tmp_path)
    (tmp_path / WEIGHTS).write_bytes(b"none")
    (tmp_path / CARD).write_text(json.dumps({}))
    with pytest.raises(InputError, match="cannot be read as weights"):
        HitNetworks(tmp_path).hit_probability(np.ones((200, 200)))
    (tmp_path / CARD).write_text("[")
    with pytest.raises(InputError, match="cannot be read"):
        _ = HitNetworks(tmp_path).card
