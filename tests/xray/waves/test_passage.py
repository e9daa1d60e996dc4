from itertools import pairwise

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.xray import multislice, propagate, wavelength_um
from napari_crystalseg.xray.waves.passage import Passage

WAVELENGTH = wavelength_um(3.5)
WAVENUMBER = 2 * np.pi / WAVELENGTH


def order(errors):
    """Order of convergence from errors at 1, 2, 4, … times as many slices."""
    return np.polyfit(np.arange(len(errors)) * np.log(2), -np.log(errors), 1)[0]


@pytest.mark.parametrize(("symmetric", "least", "most"), [(True, 1.9, 2.1), (False, 0.85, 1.15)])
def test_graded_index_lens(symmetric, least, most):
    # n = 1 − g²x²/2 bends a beam of the natural width w0 = √(2/(kg)) about the axis, unchanged in shape: its centre is
    # at x0 cos(gz) (Yariv, Quantum Electronics, ch. 6).
    pixel, columns, start, width = 0.25, 256, 8.0, 4.0
    x = (np.arange(columns) - columns / 2) * pixel
    g = 2 / (WAVENUMBER * width**2)
    thickness = 0.9 / g
    beam = np.exp(-(((x - start) / width) ** 2))[np.newaxis].astype(np.complex64)
    expected = np.exp(-2 * ((x - start * np.cos(g * thickness)) / width) ** 2)
    errors = []
    for slices in (4, 8, 16, 32):
        dz = thickness / slices
        lens = np.exp(-0.5j * WAVENUMBER * g**2 * x**2 * dz)[np.newaxis].astype(np.complex64)
        field = multislice(
            [lens] * slices, dz, WAVELENGTH, pixel, slices=slices, symmetric=symmetric, incident=beam, padding_px=0
        )
        errors.append(np.sqrt(np.mean((np.abs(field[0]) ** 2 - expected) ** 2)))
    assert least < order(errors) < most, errors
    assert errors[-1] < (2e-4 if symmetric else 2e-2)


def test_absorbing_slabs_let_through_what_their_mean_says():
    # Slabs of even absorption: the power falls by exp(−2kB) however the phase is shuffled.
    rng = np.random.default_rng(0)
    slabs = [0.9 * np.exp(1j * rng.uniform(-1, 1, (64, 64))).astype(np.complex64) for _ in range(5)]
    out = multislice(slabs, 500.0, WAVELENGTH, 0.3, slices=5, padding_px=0)
    assert np.sum(np.abs(out.astype(complex)) ** 2) == pytest.approx(64 * 64 * 0.9**10, rel=2e-6)


def test_absorbed_power_is_that_at_the_sheet():
    # ΣI(z) = Σ exp(−2kB) for any sheet.
    rng = np.random.default_rng(1)
    absorbed = rng.uniform(0, 1, (128, 128))
    sheet = np.exp(-absorbed - 1j * rng.uniform(-3, 3, (128, 128))).astype(np.complex64)
    out = propagate(sheet, 2e4, WAVELENGTH, 0.3, padding_px=0)
    assert np.sum(np.abs(out.astype(complex)) ** 2) == pytest.approx(np.exp(-2 * absorbed).sum(), rel=1e-6)


def test_one_slab_stands_in_the_middle():
    rng = np.random.default_rng(2)
    slab = np.exp(1j * rng.uniform(-1, 1, (48, 48))).astype(np.complex64)
    middle = multislice([slab], 1000.0, WAVELENGTH, 0.5, slices=1, padding_px=0)
    front = multislice([slab], 1000.0, WAVELENGTH, 0.5, slices=1, symmetric=False, padding_px=0)
    np.testing.assert_allclose(middle, propagate(slab, 500.0, WAVELENGTH, 0.5, padding_px=0), atol=1e-6)
    np.testing.assert_allclose(front, propagate(slab, 1000.0, WAVELENGTH, 0.5, padding_px=0), atol=1e-6)


@pytest.mark.parametrize("slices", [1, 3])
def test_a_detector_within_the_sample_stands_at_its_back(slices):
    rng = np.random.default_rng(3)
    slabs = [np.exp(1j * rng.uniform(-1, 1, (24, 24))).astype(np.complex64) for _ in range(slices)]
    within, back = (
        Passage((24, 24), 0.5, WAVELENGTH, distance, 1000.0, slices, padding_px=0)(slabs) for distance in (20.0, 500.0)
    )
    np.testing.assert_array_equal(within, back)


def test_refusals():
    slab = np.ones((8, 8), np.complex64)
    with pytest.raises(InputError, match="one slab"):
        multislice([], 1.0, WAVELENGTH, 0.5, slices=1)
    with pytest.raises(InputError, match="announced"):
        multislice([slab], 1.0, WAVELENGTH, 0.5, slices=2)
    with pytest.raises(InputError, match="slices"):
        multislice([slab], 1.0, WAVELENGTH, 0.5, slices=0)


def test_one_slice_or_many_through_150_um_of_water():
    # A cylinder at 3.5 keV, 20 mm and 0.3 µm pixels, with exact chords between the planes on a grid twice finer.
    across, distance, pixel, columns, delta, beta = 150.0, 2e4, 0.3, 768, 19.096e-6, 342.3e-9
    x = (np.arange(2 * columns) + 0.5 - columns) * pixel / 2
    half_chord = np.sqrt(np.clip((across / 2) ** 2 - x**2, 0, None))

    def intensity(slices):
        planes = np.linspace(-across / 2, across / 2, slices + 1)
        chords = (
            np.clip(np.minimum(half_chord, end) - np.maximum(-half_chord, start), 0, None)
            for start, end in pairwise(planes)
        )
        slabs = (np.exp(-WAVENUMBER * (beta + 1j * delta) * c)[np.newaxis].astype(np.complex64) for c in chords)
        field = multislice(slabs, across / slices, WAVELENGTH, pixel / 2, slices=slices, padding_px=0)
        field = propagate(field, distance - across / 2, WAVELENGTH, pixel / 2, padding_px=0)
        return (np.abs(field[0]) ** 2).reshape(columns, 2).mean(axis=1)

    assert np.sqrt(np.mean((intensity(1) - intensity(65)) ** 2)) < 1e-3
