from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.images.spots import Spots, draw_spots

SHAPE = (120, 140)


def spots(position, sigma=((1.0, 0.0), (0.0, 1.0)), photons=1000.0):
    place = np.atleast_2d(np.asarray(position, dtype=float))
    n = len(place)
    return Spots(np.zeros(n, int), place, np.tile(np.asarray(sigma, float), (n, 1, 1)), np.full(n, photons))


@pytest.mark.parametrize(
    "covariance", [((0.01, 0), (0, 0.01)), ((2, 0), (0, 2)), ((30, 12), (12, 8)), ((90, 0), (0, 1))]
)
def test_a_spot_keeps_its_photons_its_place_and_its_shape(covariance):
    image = draw_spots((SHAPE,), spots((70.3, 55.8), covariance))[0].astype(float)
    assert image.sum() == pytest.approx(1000.0, rel=1e-4)
    slow, fast = np.indices(SHAPE) + 0.5
    x, y = (image * fast).sum() / 1000, (image * slow).sum() / 1000
    if covariance[0][0] < 1:
        return  # finer than a pixel, which does not tell where in it
    assert (x, y) == pytest.approx((70.3, 55.8), abs=0.02)
    moments = [
        (image * (fast - x) ** 2).sum() / 1000,
        (image * (slow - y) ** 2).sum() / 1000,
        (image * (fast - x) * (slow - y)).sum() / 1000,
    ]
    # A pixel adds the variance of its own width.
    expected = np.array([covariance[0][0] + 1 / 12, covariance[1][1] + 1 / 12, covariance[0][1]])
    assert np.array(moments) == pytest.approx(expected, rel=0.04, abs=0.1)


def test_photons_add_up_over_many_and_what_falls_beside_is_lost():
    rng = np.random.default_rng(3)
    many = spots(rng.uniform(20, 100, (500, 2)), photons=7.0)
    assert draw_spots((SHAPE,), many)[0].sum() == pytest.approx(3500, rel=1e-4)
    edge = draw_spots((SHAPE,), spots((0.0, 60.5)))[0]
    assert edge.sum() == pytest.approx(500, rel=1e-3)
    assert draw_spots((SHAPE,), spots((-50.0, 10.0)))[0].sum() == 0


def test_each_panel_has_its_own_spots():
    two = Spots(np.array([1, -1]), np.array([[5.0, 6.0], [5.0, 6.0]]), np.tile(np.eye(2), (2, 1, 1)), np.ones(2))
    first, second = draw_spots(((20, 20), (20, 20)), two)
    assert first.sum() == 0
    assert second.sum() == pytest.approx(1.0, rel=1e-3)
