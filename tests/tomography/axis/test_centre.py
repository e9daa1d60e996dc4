import numpy as np
import pytest

from helpers.analytic import discs, ellipsoids
from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography import find_centre, transmission_of
from napari_crystalseg.tomography.axis.centre import _deepest_valley

HALF = np.linspace(0, 180, 120, endpoint=False)


def test_i13(i13_scan):
    assert find_centre(transmission_of(i13_scan), i13_scan.angles_deg) == pytest.approx(85.9, abs=0.3)


def test_tooth(tooth_scan):
    assert find_centre(transmission_of(tooth_scan), tooth_scan.angles_deg) == pytest.approx(295.5, abs=0.5)


@pytest.mark.parametrize(
    "angles",
    [HALF, np.linspace(-88.2, 91.8, 91), np.linspace(0, 360, 200, endpoint=False), np.linspace(0, 187, 100)],
    ids=["half-turn", "both-ends", "full-turn", "187-degrees"],
)
@pytest.mark.parametrize("offset", [-4.6, 0.0, 2.25])
def test_simulated_samples(angles, offset):
    rng = np.random.default_rng(7)
    centre = 47.5 + offset
    transmission = np.exp(-ellipsoids(rng, angles, (24, 96), centre))
    noisy = rng.poisson(3000 * transmission) / 3000
    assert find_centre(noisy, angles) == pytest.approx(centre, abs=0.3)


@pytest.mark.parametrize("turn_deg", [165, 130])
def test_missing_wedge(turn_deg):
    """A reconstruction without these angles is least spread with an axis that is two to ten columns off."""
    rng = np.random.default_rng(7)
    angles = np.linspace(20, 20 + turn_deg, 80)
    transmission = np.exp(-5 * ellipsoids(rng, angles, (24, 96), 50.3))
    assert find_centre(rng.poisson(3000 * transmission) / 3000, angles) == pytest.approx(50.3, abs=0.15)


def test_noise_alone_is_told():
    noise = np.random.default_rng(9).poisson(1000, (90, 40, 96)) / 1000
    with pytest.raises(InputError, match="Nothing is seen"):
        find_centre(noise, np.arange(90) * 2)


def test_few_counts():
    rng = np.random.default_rng(8)
    noisy = rng.poisson(200 * np.exp(-ellipsoids(rng, HALF, (64, 96), 45.2))) / 200
    assert find_centre(noisy, HALF) == pytest.approx(45.2, abs=0.5)


def test_far_from_the_middle():
    projections = discs(HALF, 200, 68.3, [(5, 8, 30.2, 0.01), (-10, 3, 6.2, 0.02)], rows=2)
    assert find_centre(np.exp(-projections), HALF) == pytest.approx(68.3, abs=0.3)


@pytest.mark.parametrize("columns", [60, 52])
def test_sample_wider_than_the_field(columns):
    """The drop reaches 24 to 31 columns to either side of the axis and moves: some of it is cut off."""
    rng = np.random.default_rng(12)
    transmission = np.exp(-ellipsoids(rng, HALF, (24, 120), 58.7))
    first = 59 - columns // 2
    cut = transmission[:, :, first : first + columns]
    assert (cut[:, 12, [0, -1]] < 0.97).any(axis=1).mean() > 0.3
    assert find_centre(rng.poisson(1e5 * cut) / 1e5, HALF) == pytest.approx(58.7 - first, abs=0.3)


def test_a_valley_is_told_from_a_slope():
    place = np.arange(60.0)
    slope = 1 - (place - 20) ** 2 / 2000  # lowest at the far end, with no valley
    valley = 0.05 * np.exp(-((place - 27) ** 2) / 8)
    assert abs(_deepest_valley(slope - valley, 6) - 27) <= 1  # the slope moves its bottom a little
    # A kink is no valley, however far the curve falls before it.
    kinked = np.maximum(slope, slope[45])
    assert abs(_deepest_valley(kinked - valley, 6) - 27) <= 1


def test_order_of_angles_does_not_matter():
    transmission = np.exp(-ellipsoids(np.random.default_rng(9), HALF, (12, 96), 49.1))
    mixed = np.random.default_rng(10).permutation(HALF.size)
    assert find_centre(transmission[mixed], HALF[mixed]) == pytest.approx(49.1, abs=0.3)


def test_peer_agrees(i13_scan):
    algotom = pytest.importorskip("algotom.prep.calculation")
    transmission = transmission_of(i13_scan)
    peer = algotom.find_center_vo(transmission[:, 100], start=70, stop=100, ncore=1)
    assert find_centre(transmission, i13_scan.angles_deg) == pytest.approx(peer, abs=0.6)


def test_nothing_to_be_seen():
    with pytest.raises(InputError, match="Nothing is seen"):
        find_centre(np.ones((20, 4, 32)), np.arange(20.0))
    with pytest.raises(InputError, match="19 angles"):
        find_centre(np.ones((20, 4, 32)), np.arange(19.0))
    with pytest.raises(InputError, match="give the column"):
        find_centre(np.ones((2, 4, 32)), np.arange(2.0))
