import numpy as np
import pytest

from helpers.analytic import discs
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.tomography import back_project
from napari_crystalseg.tomography.methods.back_projection import angular_weights


def radii(width):
    away = np.arange(width) - (width - 1) / 2
    return np.hypot(away[:, np.newaxis], away)


def grid(width):
    away = np.arange(width) - (width - 1) / 2
    return away[:, np.newaxis], away


@pytest.mark.parametrize("centre", [63.5, 64.0, 61.3])
@pytest.mark.parametrize("pixel_um", [1.0, 0.5])
def test_uniform_cylinder_recovers_attenuation(centre, pixel_um):
    angles = np.linspace(0, 180, 201, endpoint=False)
    projections = discs(angles, 128, centre, [(0, 0, 45.3, 0.01)])
    volume = back_project(projections, angles, centre, pixel_um)
    inside = volume[0][radii(128) < 42]
    assert inside.mean() == pytest.approx(0.01 / pixel_um, rel=0.005)
    assert inside.std() < 0.005 * inside.mean()
    # No cupping, and no glow up to the corners, which no projection sees as a whole.
    assert volume[0][radii(128) < 10].mean() == pytest.approx(inside.mean(), rel=0.003)
    outside = volume[0][radii(128) > 50]
    assert outside.std() < 0.005 * inside.mean() and np.abs(outside).max() < 0.04 * inside.mean()


@pytest.mark.parametrize("width", [96, 97, 33])
@pytest.mark.parametrize("offset", [0.0, 0.5, -2.3])
def test_two_beads_lie_where_they_were(width, offset):
    centre = (width - 1) / 2 + offset
    angles = np.linspace(-88.2, 91.8, 180, endpoint=False)
    scale = width / 96
    heavy, light = (-25 * scale, 10 * scale), (12 * scale, 30 * scale)
    parts = [(*heavy, 5 * scale, 0.02), (*light, 5 * scale, 0.01)]
    image = back_project(discs(angles, width, centre, parts), angles, centre)[0]
    y, x = grid(width)
    for (at_y, at_x), mass in ((heavy, 0.02), (light, 0.01)):
        near = np.where(np.hypot(y - at_y, x - at_x) < 8 * scale, image, 0)
        assert (near * y).sum() / near.sum() == pytest.approx(at_y, abs=0.1)
        assert (near * x).sum() / near.sum() == pytest.approx(at_x, abs=0.1)
        assert near.sum() == pytest.approx(mass * np.pi * (5 * scale) ** 2, rel=0.03)


def test_rows_are_independent_and_in_order():
    angles = np.linspace(0, 180, 60, endpoint=False)
    rows = [discs(angles, 40, 19.5, [(0, 0, 4 + row / 8, 0.01)])[:, 0] for row in range(70)]
    together = back_project(np.stack(rows, axis=1), angles, 19.5)
    for row in (0, 31, 32, 69):
        alone = back_project(rows[row][:, np.newaxis], angles, 19.5)
        np.testing.assert_allclose(together[row], alone[0], atol=1e-7)


def test_weights_sum_to_half_a_turn():
    rng = np.random.default_rng(1)
    even = np.linspace(0, 180, 90, endpoint=False)
    np.testing.assert_allclose(angular_weights(even), np.pi / 90)
    # Both ends of the half turn see the same rays and share.
    ends = angular_weights(np.linspace(-88.2, 91.8, 91))
    np.testing.assert_allclose(ends[[0, 45, 90]], np.array([0.5, 1, 0.5]) * np.pi / 90)
    full = angular_weights(np.linspace(0, 360, 180, endpoint=False))
    np.testing.assert_allclose(full, np.pi / 180)
    for angles in (even + rng.normal(0, 0.5, 90), rng.permutation(even), np.arange(200) * 137.50776):
        weights = angular_weights(angles)
        assert weights.sum() == pytest.approx(np.pi)
        assert weights.min() > 0


def test_missing_wedge_is_not_filled():
    weights = angular_weights(np.arange(0, 120.0))
    np.testing.assert_allclose(weights, np.deg2rad(1.0))


@pytest.mark.parametrize(
    "angles",
    [
        np.linspace(0, 360, 300, endpoint=False),
        np.linspace(0, 187, 190),
        np.random.default_rng(5).permutation(np.arange(0, 180, 0.5) + np.random.default_rng(5).uniform(0, 0.5, 360)),
        np.linspace(0, 180, 180, endpoint=False) + np.random.default_rng(6).normal(0, 0.4, 180),
        np.concatenate((np.arange(0, 90, 0.5), np.arange(90, 180, 2.0))),
        -np.linspace(0, 180, 180, endpoint=False),
    ],
    ids=["full-turn", "187-degrees", "random", "jitter", "two-steps", "backwards"],
)
def test_uneven_angles_recover_attenuation(angles):
    projections = discs(angles, 96, 46.2, [(6, -9, 25.2, 0.01)])
    image = back_project(projections, angles, 46.2)[0]
    y, x = grid(96)
    inside = image[np.hypot(y - 6, x + 9) < 22]
    assert inside.mean() == pytest.approx(0.01, rel=0.005)


def test_noise_is_as_predicted():
    # The formula is for the bare ramp without interpolation, so it holds at the axis when that is the middle of a
    # pixel; linear interpolation elsewhere averages neighbours, whose filtered noise is anticorrelated.
    rng = np.random.default_rng(2)
    angles = np.linspace(0, 180, 180, endpoint=False)
    counts, width, rows, depth, pixel_um = 1000.0, 33, 400, 0.5, 0.7
    transmitted = rng.poisson(counts * np.exp(-depth), (180, rows, width))
    image = back_project(-np.log(transmitted / counts), angles, 16.0, pixel_um)
    predicted = np.pi / np.sqrt(12 * 180) * np.exp(depth / 2) / (pixel_um * np.sqrt(counts))
    assert image[:, 16, 16].std() == pytest.approx(predicted, rel=0.15)
    # 2/3 of R(0) and 1/3 of R(1), the autocorrelation of the ramp at no and one pixel: 1/12 and -1/(2π²).
    interpolated = np.sqrt((2 / 3 / 12 - 1 / 3 / (2 * np.pi**2)) * 12)
    ring = (radii(width) > 5) & (radii(width) < 12)
    assert image[:, ring].std() == pytest.approx(predicted * interpolated, rel=0.05)


def test_a_whole_scan_is_quick_and_reports():
    heard = []
    angles = np.linspace(0, 180, 30, endpoint=False)
    back_project(np.zeros((30, 80, 24)), angles, 11.5, progress=lambda done, said: heard.append(done))
    assert heard[0] == 0 and heard[-1] == 1 and heard == sorted(heard) and len(heard) >= 4


def test_cancel_stops_between_slabs():
    def cancel(done, said):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        back_project(np.zeros((30, 8, 24)), np.arange(30.0), 11.5, progress=cancel)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"centre_px": 30.0}, "outside the detector"),
        ({"centre_px": float("nan")}, "outside the detector"),
        ({"angles_deg": np.arange(9.0)}, "9 angles"),
        ({"pixel_size_um": 0.0}, "positive"),
        ({"filter_name": "ramp"}, "choose one"),
        ({"line_integrals": np.full((10, 2, 24), np.nan)}, "NaN"),
        ({"line_integrals": np.zeros((10, 24))}, "3 axes"),
    ],
)
def test_unusable_input(change, said):
    usual = {"line_integrals": np.zeros((10, 2, 24)), "angles_deg": np.arange(10.0), "centre_px": 11.5}
    with pytest.raises(InputError, match=said):
        back_project(**{**usual, **change})
