import numpy as np
import pytest

from napari_crystalseg.xray.detector import (
    DARK_OFFSET,
    FULL_SCALE,
    DetectorResponse,
    PixelResponse,
    PointSpread,
    read_out,
)

SHAPE = (200, 200)
ONES = np.ones(SHAPE, np.float32)
NONE = np.zeros(SHAPE, np.float32)


def detector(**values):
    """A detector without faults, but for what is given."""
    names = (
        "read_noise psf_sigma_px psf_tail gain_spread gain_drift column_gain_drift dead_fraction hot_fraction"
    ).split()
    return DetectorResponse(**{"gain": 1.0, "zinger_rate": 0.0, "bits": 16} | dict.fromkeys(names, 0.0) | values)


def expose(photons, gain=ONES, extra=NONE, counts_per_photon=1.0, read_noise=0.0, zinger_rate=0.0, seed=0):
    light = None if photons is None else np.full(SHAPE, photons, np.float32)
    response = detector(gain=counts_per_photon, read_noise=read_noise, zinger_rate=zinger_rate)
    return read_out(np.random.default_rng(seed), light, gain, extra, response)


def test_photon_transfer_slope_is_the_gain():
    counts_per_photon, read_noise = 0.7, 3.0
    light = np.array([200.0, 1000.0, 5000.0, 20000.0])
    frames = [expose(n, counts_per_photon=counts_per_photon, read_noise=read_noise) for n in light]
    signal = np.array([frame.mean() for frame in frames]) - DARK_OFFSET
    noise = np.array([frame.var() for frame in frames])
    np.testing.assert_allclose(signal, counts_per_photon * light, rtol=2e-3)
    # Rounding to whole counts adds 1/12.
    np.testing.assert_allclose(noise, counts_per_photon * signal + read_noise**2 + 1 / 12, rtol=0.03)


def test_dark_has_read_noise_only():
    dark = expose(None, read_noise=4.0)
    assert dark.mean() == pytest.approx(DARK_OFFSET, abs=0.1)
    assert dark.std() == pytest.approx(np.sqrt(16 + 1 / 12), rel=0.02)


def test_saturation_stays_at_full_scale():
    frame = expose(1e6)
    assert frame.dtype == np.uint16
    assert (frame == FULL_SCALE).all()


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_saturation_at_the_bits(bits):
    light, response = np.full(SHAPE, 1e6, np.float32), detector(read_noise=2.0, bits=bits)
    frame = read_out(np.random.default_rng(0), light, ONES, NONE, response)
    assert frame.dtype == np.uint16
    assert (frame == 2**bits - 1).all()


def test_digits_are_whole_counts():
    # Far fewer counts than photons: what is left is the grain of the digits, 1/√12, and the photon noise.
    frame = expose(1e4, counts_per_photon=0.01)
    assert frame.std() == pytest.approx(np.sqrt(0.01**2 * 1e4 + 1 / 12), rel=0.02)
    assert len(np.unique(frame)) < 15


@pytest.mark.parametrize("source", [(0.0, 1.2), (0.7, 0.0), (0.5, 1.5)])
def test_image_of_the_source_is_gaussian(source):
    # A point spreads to the product of two Gaussians, each as wide as detector and source together.
    point = np.zeros((61, 61), np.float32)
    point[30, 30] = 1.0
    blurred = PointSpread((61, 61), 1.2, 0.0, source)(point)
    axis = np.arange(61) - 30
    for sigma, marginal in zip(source, (blurred.sum(axis=1), blurred.sum(axis=0)), strict=True):
        width = np.hypot(1.2, sigma)
        np.testing.assert_allclose(marginal, np.exp(-0.5 * (axis / width) ** 2) / width / np.sqrt(2 * np.pi), atol=1e-3)


@pytest.mark.parametrize("sigma", [0.6, 1.0, 2.0])
@pytest.mark.parametrize("frequency", [0.05, 0.1, 0.2])
def test_modulation_transfer_of_a_gaussian(sigma, frequency):
    wave = np.cos(2 * np.pi * frequency * np.arange(120))
    blurred = PointSpread((60, 120), sigma, 0.0)(np.tile(1 + 0.5 * wave, (60, 1)).astype(np.float32))
    contrast = (blurred[30, 20:100] - 1) / 0.5
    expected = np.exp(-2 * np.pi**2 * sigma**2 * frequency**2)
    np.testing.assert_allclose(contrast, expected * wave[20:100], atol=2e-4)


def test_tail_moves_light_and_loses_none():
    point = np.zeros((101, 101), np.float32)
    point[50, 50] = 1.0
    blurred = PointSpread((101, 101), 0.8, 0.05)(point)
    assert blurred.sum() == pytest.approx(1.0, abs=1e-3)
    y, x = np.mgrid[-50:51, -50:51]
    far = np.hypot(x, y) > 5
    # Of a Gaussian tail of 6 px, exp(-5²/(2·6²)) lies beyond 5 px, and nothing of the core.
    assert blurred[far].sum() == pytest.approx(0.05 * np.exp(-25 / 72), rel=0.03)


def test_no_spread_changes_nothing():
    frame = np.random.default_rng(0).random((20, 30), dtype=np.float32)
    np.testing.assert_array_equal(PointSpread((20, 30), 0.0, 0.0)(frame), frame)


def draw(gain_drift=0.0, column_gain_drift=0.0, dead=0.0, hot=0.0):
    faults = {"gain_drift": gain_drift, "column_gain_drift": column_gain_drift}
    response = detector(gain_spread=0.02, dead_fraction=dead, hot_fraction=hot, **faults)
    return PixelResponse.draw(np.random.default_rng(1), SHAPE, response)


def test_constant_gain_cancels():
    response = draw()
    np.testing.assert_allclose(response.gain_scan / response.gain_flat, 1.0, atol=1e-6)


def test_drift_is_what_remains():
    response = draw(gain_drift=0.004)
    assert np.std(response.gain_scan / response.gain_flat) == pytest.approx(0.004, rel=0.02)


def test_column_drift_is_the_same_in_a_column():
    response = draw(column_gain_drift=0.004)
    ratio = response.gain_scan / response.gain_flat
    assert np.ptp(ratio, axis=0).max() < 1e-6
    assert ratio[0].std() == pytest.approx(0.004, rel=0.2)


def test_dead_and_hot_pixels():
    response = draw(dead=0.01, hot=0.02)
    dead, hot = response.gain_flat == 0, response.extra_counts > 0
    assert dead.mean() == pytest.approx(0.01, rel=0.2)
    assert hot.mean() == pytest.approx(0.02, rel=0.2)
    assert not (dead & hot).any()
    frame = expose(1000.0, response.gain_flat, response.extra_counts)
    assert (frame[dead] == DARK_OFFSET).all()
    assert (frame[hot] > 0.1 * FULL_SCALE).all()


def test_zingers_come_at_their_rate():
    clean, hit = expose(1000.0, seed=5), expose(1000.0, seed=5, zinger_rate=0.005)
    # The photons are drawn before the hits, so that the frames differ only where hit.
    assert (clean != hit).mean() == pytest.approx(0.005, rel=0.2)
    assert (hit >= clean).all()
