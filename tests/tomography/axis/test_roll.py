"""A rotation axis that leans in the plane of the detector is found and levelled."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.analytic import ellipsoids
from napari_crystalseg.tomography.axis.roll import Roll, find_roll

ANGLES = np.linspace(0, 180, 60, endpoint=False)
SHAPE = (96, 72)
CENTRE = 37.2


def leaning(roll_deg, noise=0.0):
    """Transmission of ellipsoids all over the height, seen by a detector that is turned by the roll."""
    rng = np.random.default_rng(4)
    level = np.exp(-ellipsoids(rng, ANGLES, SHAPE, CENTRE)).astype(np.float32)
    # To turn the other way is to level the opposite lean.
    seen = Roll(-roll_deg, 0.0, CENTRE, SHAPE).rows(lambda a, b: level[:, a:b], 0, SHAPE[0])
    return level, seen + noise * rng.standard_normal(seen.shape).astype(np.float32)


@pytest.mark.parametrize("roll_deg", [-1.0, 0.6])
def test_lean_is_found_and_levelled(roll_deg):
    level, seen = leaning(roll_deg, 0.005)
    found = find_roll(seen, ANGLES)
    assert found is not None
    assert found.roll_deg == pytest.approx(roll_deg, abs=0.12)
    assert abs(found.roll_deg - roll_deg) < 4 * found.standard_error_deg
    assert found.centre_px == pytest.approx(CENTRE, abs=0.1)
    _, clean = leaning(roll_deg)
    exact = Roll(roll_deg, 0.0, CENTRE, SHAPE)
    inside = slice(8, -8)
    before = np.abs(clean - level)[:, inside, inside].mean()
    after = np.abs(exact.rows(lambda a, b: clean[:, a:b], 0, SHAPE[0]) - level)[:, inside, inside].mean()
    # Turning the frames forth and back blurs the sharp rims of the bodies, and that is what is left.
    assert after < 0.35 * before


def test_upright_axis_is_left_alone():
    _, seen = leaning(0.0, 0.005)
    assert find_roll(seen, ANGLES) is None


def test_axis_that_turns_in_an_ellipse_is_left_alone():
    """Run-out moves the centre that each band shows by a few hundredths of a pixel, which is no lean."""
    _, seen = leaning(0.0, 0.005)
    rng = np.random.default_rng(1)
    for frame in seen:
        frame[:] = np.apply_along_axis(
            lambda row, by: np.interp(np.arange(row.size) - by, np.arange(row.size), row), 1, frame, rng.normal(0, 0.4)
        )
    assert find_roll(seen, ANGLES) is None


def test_noise_alone_tells_no_lean():
    noise = 1 + 0.05 * np.random.default_rng(2).standard_normal((len(ANGLES), *SHAPE)).astype(np.float32)
    assert find_roll(noise, ANGLES) is None


def test_slabs_are_the_whole():
    _, seen = leaning(1.0)
    roll = Roll(1.0, 0.0, CENTRE, SHAPE)

    def read(first, last):
        return seen[:, first:last]

    whole = roll.rows(read, 0, SHAPE[0])
    for first, last in ((0, 10), (10, 57), (57, 96)):
        np.testing.assert_allclose(roll.rows(read, first, last), whole[:, first:last], atol=2e-3)


def test_point_is_seen_where_the_lean_says():
    frame = np.zeros((1, *SHAPE), dtype=np.float32)
    # 20 rows beyond the middle, on an axis that leans by 1°: sin(1°) × 20 columns further.
    row, column = (SHAPE[0] - 1) / 2 + 20 * np.cos(np.radians(1)), CENTRE + 20 * np.sin(np.radians(1))
    r, c = np.arange(SHAPE[0])[:, np.newaxis], np.arange(SHAPE[1])
    frame[0] = np.exp(-((r - row) ** 2 + (c - column) ** 2) / 8)
    level = Roll(1.0, 0.0, CENTRE, SHAPE).rows(lambda a, b: frame[:, a:b], 0, SHAPE[0])[0]
    assert (level * r).sum() / level.sum() == pytest.approx((SHAPE[0] - 1) / 2 + 20, abs=0.01)
    assert (level * c).sum() / level.sum() == pytest.approx(CENTRE, abs=0.01)


def test_few_rows_tell_no_lean():
    _, seen = leaning(1.0)
    assert find_roll(seen[:, :20], ANGLES) is None
