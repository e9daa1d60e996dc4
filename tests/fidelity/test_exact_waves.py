import numpy as np
import pytest

from napari_crystalseg.fidelity.exact_waves import cylinder, gaussian_beam, knife_edge, sphere
from napari_crystalseg.xray import RefractiveIndex, propagate, wavelength_um

WATER, WAVELENGTH = RefractiveIndex(19.096e-6, 342.3e-9), wavelength_um(3.5)
WAVENUMBER, DISTANCE, PIXEL = 2 * np.pi / WAVELENGTH, 2e4, 0.3


def test_published_values_of_the_knife_edge():
    # w = x√(2/(λz)); the beam comes fully back far from the edge, and none is deep in the shadow.
    w = np.array([0.0, 1.2172, 1.8725, 300.0, -300.0])
    found = knife_edge(w * np.sqrt(WAVELENGTH * DISTANCE / 2), WAVELENGTH, DISTANCE)
    np.testing.assert_allclose(found, [0.25, 1.37044, 0.77825, 1.0, 0.0], atol=2e-3)
    np.testing.assert_allclose(found[:3], [0.25, 1.37044, 0.77825], atol=1e-5)


def test_gaussian_beam_keeps_its_power():
    r = np.linspace(0, 200, 4001)
    power = [np.sum(gaussian_beam(r, 12.0, WAVELENGTH, z) * r) for z in (0.0, 1.277e6)]
    assert power[1] == pytest.approx(power[0], rel=1e-5)
    assert gaussian_beam(0.0, 12.0, WAVELENGTH, np.pi * 144 / WAVELENGTH) == pytest.approx(0.5)


def test_weak_sphere_and_cylinder_scatter_as_born_says():
    # Far from a weak object the wave T − 1 is its transform: on the axis, −k(β + iδ)V/(iλz) for the sphere.
    weak, far = RefractiveIndex(1e-9, 2e-9), 1e10
    volume = 4 / 3 * np.pi * 20.0**3
    expected = np.abs(1 - WAVENUMBER * (2e-9 + 1e-9j) * volume / (1j * WAVELENGTH * far)) ** 2
    assert sphere(0.0, 20.0, weak, WAVELENGTH, far)[0] - 1 == pytest.approx(expected - 1, rel=2e-3)
    area = np.pi * 20.0**2
    expected = np.abs(1 - WAVENUMBER * (2e-9 + 1e-9j) * area / np.sqrt(1j * WAVELENGTH * far)) ** 2
    assert cylinder(0.0, 20.0, weak, WAVELENGTH, far)[0] - 1 == pytest.approx(expected - 1, rel=2e-3)


def anti_aliased(chord, factor, axes):
    """Complex transmission, averaged over blocks of samples."""
    sheet = np.exp(-WAVENUMBER * (WATER.beta + 1j * WATER.delta) * chord)
    for axis in axes:
        sheet = sheet.reshape(*sheet.shape[:axis], -1, factor, *sheet.shape[axis + 1 :]).mean(axis=axis + 1)
    return sheet.astype(np.complex64)


def test_cylinder():
    # Sampled four times a pixel, each sample the mean of eight: 0.25 % of the beam.
    columns, radius = 400, 30.0
    fine = (np.arange(columns * 32) + 0.5 - columns * 16) * PIXEL / 32
    sheet = anti_aliased(2 * np.sqrt(np.clip(radius**2 - fine**2, 0, None))[np.newaxis], 8, [1])
    found = np.abs(propagate(np.repeat(sheet, 2, axis=0), DISTANCE, WAVELENGTH, PIXEL / 4, padding_px=0)[0]) ** 2
    # One side of the exact wave is the other's mirror image.
    points = (np.arange(columns * 4) + 0.5) * PIXEL / 8
    side = cylinder(points, radius, WATER, WAVELENGTH, DISTANCE).reshape(columns // 2, 8).mean(axis=1)
    exact = np.concatenate([side[::-1], side])
    error = found.reshape(columns, 4).mean(axis=1) - exact
    assert np.sqrt(np.mean(error[20:-20] ** 2)) < 2.5e-3
    # The fringes are strong, so that agreement says something.
    assert exact.max() > 1.5


def test_sphere():
    size, radius = 96, 9.0
    fine = ((np.arange(size * 8) + 0.5) / 8 - size / 2) * PIXEL
    chord = 2 * np.sqrt(np.clip(radius**2 - fine**2 - fine[:, np.newaxis] ** 2, 0, None))
    found = np.abs(propagate(anti_aliased(chord, 4, [0, 1]), DISTANCE, WAVELENGTH, PIXEL / 2)) ** 2
    r = np.linspace(0, 0.72 * size * PIXEL, 900)
    exact = np.interp(np.hypot(fine, fine[:, np.newaxis]), r, sphere(r, radius, WATER, WAVELENGTH, DISTANCE))
    error = found.reshape(size, 2, size, 2).mean(axis=(1, 3)) - exact.reshape(size, 8, size, 8).mean(axis=(1, 3))
    assert np.sqrt(np.mean(error**2)) < 2.5e-3
    assert np.ptp(exact) > 0.8
