"""Outlines of drops, places in them, and the noise that things are made of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from napari_crystalseg.simulation.drops.drop_outline import DropOutline, draw_drop
from napari_crystalseg.simulation.drops.random_fields import blurred, fractal_field, smooth_field, stretched_field
from napari_crystalseg.simulation.drops.view import View


@pytest.mark.parametrize("kind", ["round", "irregular", "merged", "tailed"])
@pytest.mark.parametrize("shape", [(128, 160), (700, 500)])
def test_a_drop_has_the_area_of_its_radius_and_its_level_rises_outwards(kind: str, shape: tuple[int, int]) -> None:
    view = View(shape)
    radius = 0.22 * view.unit_px
    middle = view.grid[0] / 2, view.grid[1] / 2
    level, _ = draw_drop(np.random.default_rng(4), view, middle, radius, kind, 0.3)
    area = (level < 1).sum() / (math.pi * radius**2)
    if kind in ("round", "irregular"):
        assert area == pytest.approx(1.0, abs=0.12)
    else:
        # With a second drop, or a tail, it is larger.
        assert 1.05 < area < 4.0
    assert level[int(middle[0]), int(middle[1])] < 0.3
    assert level[0, 0] > 1.5


def test_places_keep_clear_of_the_rim_as_far_as_there_is_room() -> None:
    view = View((128, 128))
    rows, columns = np.mgrid[0:256, 0:256]
    distance = np.hypot(rows - 128, columns - 128)
    drop = DropOutline((distance / 80).astype(np.float32), distance < 80, 80.0)
    assert view.grid == drop.mask.shape
    assert drop.places.widest_px == pytest.approx(80, abs=4)
    rng = np.random.default_rng(1)
    for clearance in (0.0, 20.0, 60.0, 500.0):
        found = np.array([drop.places.draw(rng, clearance) for _ in range(100)])
        reach = np.hypot(found[:, 0] - 128, found[:, 1] - 128)
        assert reach.max() <= 80 - min(clearance, 75) + 4
    near = np.array([drop.places.draw(rng, 5.0, 15.0) for _ in range(100)])
    assert np.hypot(near[:, 0] - 128, near[:, 1] - 128).min() >= 80 - 15 - 4


@pytest.mark.parametrize("grain", [1.0, 3.0, 9.0, 40.0])
def test_noise_has_a_spread_near_one_and_the_grain_that_was_asked_for(grain: float) -> None:
    fields = [smooth_field(np.random.default_rng(seed), (300, 260), grain) for seed in range(4)]
    assert all(field.shape == (300, 260) for field in fields)
    assert np.mean([field.var() for field in fields]) == pytest.approx(1.0, abs=0.25)

    def likeness(apart: int) -> float:
        return float(np.mean([(field[apart:] * field[:-apart]).mean() / field.var() for field in fields]))

    assert abs(likeness(round(3 * grain))) < 0.25
    if grain > 2:
        assert likeness(max(1, round(grain / 4))) > 0.6


def test_other_noise_has_a_spread_near_one_too() -> None:
    rng = np.random.default_rng(0)
    assert fractal_field(rng, (256, 256), 32.0, 2.0).std() == pytest.approx(1.0, abs=0.25)
    assert stretched_field(rng, (256, 256), 6.0, 4.0).std() == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize("sigma", [2.0, 12.0, 30.0])
def test_blur_on_a_coarser_grid_is_the_blur(sigma: float) -> None:
    plane = np.zeros((240, 200), np.float32)
    plane[100:140, 80:120] = 1.0
    rows, columns = np.mgrid[0:240, 0:200]
    erf = np.vectorize(math.erf)

    def share(place: np.ndarray, low: float, high: float) -> np.ndarray:
        return 0.5 * (erf((high - place) / sigma / math.sqrt(2)) - erf((low - place) / sigma / math.sqrt(2)))

    expected = share(rows[:, 0], 99.5, 139.5)[:, None] * share(columns[0], 79.5, 119.5)[None]
    np.testing.assert_allclose(blurred(plane, sigma), expected, atol=0.02)
