import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.fidelity.exact_waves import knife_edge as exact_knife_edge
from napari_crystalseg.xray import propagate, wavelength_um
from napari_crystalseg.xray.waves.propagation import FresnelStep, _fast_length

WAVELENGTH = wavelength_um(3.5)


@pytest.fixture
def field():
    rng = np.random.default_rng(0)
    return (rng.uniform(0.3, 1, (128, 128)) * np.exp(1j * rng.uniform(-1, 1, (128, 128)))).astype(np.complex64)


def relative_error(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def power(field):
    return np.sum(np.abs(field.astype(complex)) ** 2)


def test_free_space_conserves_power():
    rng = np.random.default_rng(0)
    field = (rng.uniform(0.3, 1, (1024, 1024)) * np.exp(1j * rng.uniform(-1, 1, (1024, 1024)))).astype(np.complex64)
    assert power(propagate(field, 5000, WAVELENGTH, 0.3, padding_px=0)) == pytest.approx(power(field), rel=5e-7)


def test_there_and_back(field):
    there = propagate(field, 5000, WAVELENGTH, 0.3, padding_px=0)
    assert relative_error(propagate(there, -5000, WAVELENGTH, 0.3, padding_px=0), field) < 3e-6


def test_many_steps_are_one(field):
    walked = field
    for _ in range(64):
        walked = propagate(walked, 100, WAVELENGTH, 0.3, padding_px=0)
    assert relative_error(walked, propagate(field, 6400, WAVELENGTH, 0.3, padding_px=0)) < 9e-6


def test_adjoint_is_the_way_back(field):
    other = np.roll(field, 17, axis=0) * np.complex64(0.5 - 1j)
    left = np.vdot(other, propagate(field, 5000, WAVELENGTH, 0.3, padding_px=0))
    right = np.vdot(propagate(other, -5000, WAVELENGTH, 0.3, padding_px=0), field)
    assert abs(left - right) / abs(left) < 1e-6


def test_empty_beam_stays_even():
    for distance in (100.0, 3e4, 1e6):
        found = propagate(np.full((50, 37), 0.8 + 0.2j, np.complex64), distance, WAVELENGTH, 0.6)
        np.testing.assert_allclose(found, 0.8 + 0.2j, atol=1e-6)


def test_edges_do_not_ring():
    # A wedge that leaves the frame at its brightest must not be seen as an aperture: no fringes at the frame's edge.
    ramp = np.broadcast_to(np.linspace(0.5, 1, 200), (40, 200)).astype(np.complex64)
    found = np.abs(propagate(ramp, 2e4, WAVELENGTH, 0.6)) ** 2
    np.testing.assert_allclose(found, np.abs(ramp) ** 2, rtol=0.01)


def test_gaussian_beam_widens():
    # Field exp(-r²/w0²) has the width w0 √(1 + (z/z_R)²), z_R = π w0²/λ.
    waist = 12.0
    rayleigh = np.pi * waist**2 / WAVELENGTH
    assert rayleigh == pytest.approx(1.277e6, rel=1e-3)
    axis = (np.arange(256) - 127.5) * 0.6
    squared = axis[:, np.newaxis] ** 2 + axis**2
    beam = np.exp(-squared / waist**2).astype(np.complex64)
    for fraction in (0.5, 1.0):
        intensity = np.abs(propagate(beam, fraction * rayleigh, WAVELENGTH, 0.6)) ** 2
        width = np.sqrt(2 * np.sum(intensity * squared) / np.sum(intensity))
        assert width == pytest.approx(waist * np.sqrt(1 + fraction**2), rel=2e-3)


def test_knife_edge():
    distance, pixel = 20000.0, 0.05
    field = np.zeros((1, 2400), np.complex64)
    field[:, 1200:] = 1
    intensity = np.abs(propagate(field, distance, WAVELENGTH, pixel)[0]) ** 2
    x = (np.arange(2400) - 1199.5) * pixel
    w = x / np.sqrt(WAVELENGTH * distance / 2)
    near = np.abs(w) < 4
    np.testing.assert_allclose(intensity[near], exact_knife_edge(x[near], WAVELENGTH, distance), atol=1e-3)
    assert np.interp(0.0, w, intensity) == pytest.approx(0.25, abs=1e-3)
    for sign, low, high, place, height in ((1, 0.5, 1.8, 1.2172, 1.37044), (-1, 1.5, 2.2, 1.8725, 0.77825)):
        top = np.flatnonzero((w > low) & (w < high))
        top = top[(sign * intensity[top]).argmax()]
        # The summit of a parabola through the samples next to it.
        a, b, c = np.polyfit(w[top - 2 : top + 3], intensity[top - 2 : top + 3], 2)
        assert -b / (2 * a) == pytest.approx(place, abs=5e-3)
        assert c - b**2 / (4 * a) == pytest.approx(height, abs=1e-3)


def test_talbot_carpet():
    period, pixel = 4.8, 0.3
    talbot = 2 * period**2 / WAVELENGTH
    assert talbot == pytest.approx(1.301e5, rel=1e-3)
    grating = np.tile(np.repeat([1.0, 0.2], 8), (4, 16)).astype(np.complex64)
    again = np.abs(propagate(grating, talbot, WAVELENGTH, pixel, padding_px=0))
    half = np.abs(propagate(grating, talbot / 2, WAVELENGTH, pixel, padding_px=0))
    np.testing.assert_allclose(again, np.abs(grating), atol=2e-5)
    np.testing.assert_allclose(half, np.roll(np.abs(grating), 8, axis=1), atol=2e-5)


@pytest.mark.parametrize("cycles", [3, 8, 15])
def test_weak_phase_becomes_contrast(cycles):
    size, pixel, distance = 128, 0.6, 15000.0
    frequency = cycles / (size * pixel)
    phase = 1e-3 * np.cos(2 * np.pi * frequency * np.arange(size) * pixel)
    field = np.tile(np.exp(-1j * phase), (8, 1)).astype(np.complex64)
    contrast = np.abs(propagate(field, distance, WAVELENGTH, pixel, padding_px=0)) ** 2 - 1
    expected = -2 * np.sin(np.pi * WAVELENGTH * distance * frequency**2) * phase
    np.testing.assert_allclose(contrast, np.tile(expected, (8, 1)), atol=2e-6)


def test_padding_reaches_as_far_as_fringes():
    step = FresnelStep((64, 64), 20000.0, WAVELENGTH, 0.3)
    assert step.padding_px == np.ceil(WAVELENGTH * 20000 / (2 * 0.3**2))
    assert not step.band_limited


def test_band_is_limited_where_the_grid_is_too_small():
    step = FresnelStep((64, 64), 40000.0, WAVELENGTH, 0.3, most_padding_px=8)
    assert step.padding_px == 8
    assert step.band_limited
    # The cut frequencies are those that would travel farther than half of the padded grid.
    kernel = step._kernels[0]
    frequency = np.abs(np.fft.fftfreq(kernel.size, 0.3))
    travel = WAVELENGTH * 40000 * frequency
    assert (np.abs(kernel)[travel > 0.51 * kernel.size * 0.3] == 0).all()
    assert (np.abs(kernel)[travel < 0.49 * kernel.size * 0.3] > 0.99).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.inf, 1e-4, 0.3), "distance"),
        ((1.0, 0.0, 0.3), "wavelength"),
        ((1.0, 1e-4, -0.3), "pixel size"),
    ],
)
def test_refusals(field, arguments, message):
    with pytest.raises(InputError, match=message):
        propagate(field, *arguments)
    with pytest.raises(InputError, match="two axes"):
        propagate(field[0], 1.0, 1e-4, 0.3)
    for padding in (-1, 2.5):
        with pytest.raises(InputError, match="padding"):
            propagate(field, 1.0, 1e-4, 0.3, padding_px=padding)


def test_no_distance_changes_nothing(field):
    np.testing.assert_allclose(propagate(field, 0.0, WAVELENGTH, 0.3), field, atol=1e-6)


def test_one_field_and_several_are_propagated_alike():
    # A field on its own is turned between its transforms, several together are not.
    rng = np.random.default_rng(8)
    fields = (1 + 0.3 * rng.standard_normal((3, 45, 70, 2)).astype(np.float32)).view(np.complex64)[..., 0]
    step = FresnelStep((45, 70), 4e3, 3.5424e-4, 0.5)
    together = step(fields)
    for field, expected in zip(fields, together, strict=True):
        found = step(field)
        assert found.flags.c_contiguous and found.shape == field.shape
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_lengths_of_transforms():
    assert [_fast_length(n) for n in (1, 11, 121, 592, 1104, 2128)] == [1, 12, 125, 600, 1120, 2160]
