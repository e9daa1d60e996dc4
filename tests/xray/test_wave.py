import numpy as np
import pytest

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, attenuation_per_um
from napari_crystalseg.xray.wave import SampleWave, binned, shifted_rows

ENERGY = 3.5
WATER = RefractiveIndex(19.096e-6, 342.3e-9)
INDICES = {Material.LIQUOR: WATER}
ATTENUATION = attenuation_per_um(WATER.beta, ENERGY)


def wave(labels, supersampling=1, indices=None, harmonic=None, **settings):
    settings = {"distance_mm": 0.0, "angles_deg": [0.0], **settings}
    pixel = labels.voxel_size_um[0] * supersampling
    acquisition = Acquisition(energy_kev=ENERGY, pixel_size_um=pixel, **settings)
    return SampleWave(labels, indices or INDICES, harmonic, acquisition, supersampling)


def sphere(size, radius, voxel, centre=(0.0, 0.0, 0.0)):
    axes = np.ogrid[:size, :size, :size]
    squared = sum((axis - (size - 1) / 2 - c) ** 2 for axis, c in zip(axes, centre, strict=True))
    return Labels((squared < radius**2).astype(np.uint8), voxel)


def test_slab_attenuates_by_beer_lambert():
    data = np.zeros((8, 40, 20), np.uint8)
    data[:, 5:35] = 1
    # At the outermost columns the slab's ends show through the least turn of the beam.
    intensity = wave(Labels(data, 0.5)).intensity(0.0)[:, 1:-1]
    np.testing.assert_allclose(intensity, np.exp(-ATTENUATION * 15.0), rtol=1e-6)


def test_even_slab_makes_no_fringes():
    data = np.zeros((16, 40, 20), np.uint8)
    data[:, 5:35] = 1
    found = wave(Labels(data, 0.5), distance_mm=10.0)
    np.testing.assert_allclose(found.intensity(0.0), np.exp(-ATTENUATION * 15.0), rtol=2e-5)


def test_propagation_conserves_what_the_sample_lets_through():
    labels = sphere(96, 15, 0.6)
    contact = wave(labels, propagate=False).intensity(0.0)
    fringes = wave(labels, distance_mm=5.0).intensity(0.0)
    assert np.abs(fringes - contact).max() > 0.1
    assert fringes.sum(dtype=float) == pytest.approx(contact.sum(dtype=float), rel=1e-4)


def test_half_a_turn_mirrors_the_fringes():
    labels = sphere(48, 12, 0.5, centre=(1.3, 4.2, -7.6))
    for distance in (0.0, 5.0):
        found = wave(labels, distance_mm=distance)
        np.testing.assert_allclose(found.intensity(213.0), found.intensity(33.0)[:, ::-1], atol=2e-5)


def test_supersampled_sphere_against_a_dense_radial_integral():
    # Contact image of a sphere, averaged over pixels: oracle on a grid eight times finer than the pixels.
    labels = sphere(128, 50, 0.25)
    found = wave(labels, supersampling=2).intensity(20.0)
    fine = (np.arange(64 * 8) + 0.5) / 8 - 32
    chord = 2 * np.sqrt(np.clip(12.5**2 - (0.5 * np.hypot(fine, fine[:, np.newaxis])) ** 2, 0, None))
    expected = binned(np.exp(-ATTENUATION * chord), 8)
    assert np.sqrt(np.mean((found - expected) ** 2)) < 1.5e-3


def test_steep_edges_are_refined_and_come_nearer_to_the_truth():
    settings = {"distance_mm": 10.0, "psf_sigma_px": 0.0}
    truth = wave(sphere(256, 96, 0.15), supersampling=8, finest_supersampling=1, **settings).intensity(0.0)
    coarse = sphere(32, 12, 1.2)
    plain = wave(coarse, finest_supersampling=1, **settings)
    better = wave(coarse, finest_supersampling=4, **settings)
    assert plain.refinement == 1 and plain.phase_step > np.pi
    assert better.refinement > 1
    error = [np.sqrt(np.mean((found.intensity(0.0) - truth) ** 2)) for found in (plain, better)]
    assert error[1] < 0.6 * error[0]


def test_contact_image_needs_no_refinement():
    assert wave(sphere(64, 25, 1.2), propagate=False).refinement == 1


def test_third_harmonic_remains_behind_a_thick_absorber():
    data = np.zeros((4, 60, 8), np.uint8)
    data[:, 10:50] = 1
    harmonic = RefractiveIndex(2e-6, 4e-9)
    heavy = RefractiveIndex(2e-5, 1e-5)
    found = wave(Labels(data, 1.0), indices={1: heavy}, harmonic={1: harmonic}, third_harmonic=0.02).intensity(0.0)
    lower, upper = attenuation_per_um(heavy.beta, ENERGY), attenuation_per_um(harmonic.beta, 3 * ENERGY)
    np.testing.assert_allclose(found, 0.98 * np.exp(-40 * lower) + 0.02 * np.exp(-40 * upper), rtol=1e-5)


def test_rows_shift_linearly():
    maps = np.arange(6.0).reshape(1, 6, 1)
    np.testing.assert_allclose(shifted_rows(maps, 1.25)[0, :, 0], [0, 0, 0.75, 1.75, 2.75, 3.75])
    np.testing.assert_allclose(shifted_rows(maps, -1)[0, :, 0], [1, 2, 3, 4, 5, 5])
