import numpy as np
import pytest

from napari_crystalseg.computing.backend import to_numpy
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, attenuation_per_um
from napari_crystalseg.xray.waves.wave import SampleWave
from napari_crystalseg.xray.waves.wave_arrays import shifted_rows
from napari_crystalseg.xray.waves.wave_intensity import _transmission as transmission_of
from napari_crystalseg.xray.waves.wave_intensity import field_intensities

ENERGY = 3.5
WATER = RefractiveIndex(19.096e-6, 342.3e-9)
INDICES = {Material.LIQUOR: WATER}
ATTENUATION = attenuation_per_um(WATER.beta, ENERGY)


def wave(labels, supersampling=1, indices=None, harmonic=None, xp=np, **settings):
    settings = {"distance_mm": 0.0, "angles_deg": [0.0], **settings}
    pixel = labels.voxel_size_um[0] * supersampling
    acquisition = Acquisition(energy_kev=ENERGY, pixel_size_um=pixel, **settings)
    return SampleWave(labels, indices or INDICES, harmonic, acquisition, supersampling, xp)


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
    contact = wave(labels, propagation="absorption").intensity(0.0)
    fringes = wave(labels, distance_mm=5.0).intensity(0.0)
    assert np.abs(fringes - contact).max() > 0.1
    assert fringes.sum(dtype=float) == pytest.approx(contact.sum(dtype=float), rel=1e-4)


def test_absorption_alone_makes_no_fringes():
    labels = sphere(48, 15, 0.6)
    contact = wave(labels).intensity(10.0)
    far = wave(labels, propagation="absorption", distance_mm=50.0)
    np.testing.assert_array_equal(far.intensity(10.0), contact)
    assert contact.max() == 1.0 and far.sampling.propagation == "absorption"
    # Nor does a beam's own structure.
    incident = np.linspace(0.5, 1.5, 48, dtype=np.float32) * np.ones((48, 1), np.float32)
    np.testing.assert_allclose(far.intensity(10.0, incident=incident), contact * incident, rtol=1e-6)
    np.testing.assert_array_equal(far.without_sample(incident), incident)


@pytest.mark.parametrize("factor", [1, 4])
def test_phases_of_many_turns_lose_nothing(fake_gpu, factor):
    # Of 1e6 rad float32 keeps 0.06; reduced in float64 first, the wave is right to its own rounding.
    phase = np.random.default_rng(0).uniform(-1e6, 1e6, (4, 1)) * np.ones((4, 6))
    maps = np.stack([np.full((4, 6), 0.3), phase])
    expected = np.exp(-0.3 - 1j * phase)
    cupy = fake_gpu()
    for xp in (np, cupy):
        found = to_numpy(transmission_of(xp, xp.asarray(maps), factor))
        # The outermost samples are level with the last pixels.
        np.testing.assert_allclose(found[[0, -1]][:, ::factor], expected[[0, -1]], atol=5e-7)


def test_transmission_to_the_last_digit_of_float32():
    phase = np.concatenate([np.linspace(-20, 20, 4001), [1e4, -1e4, np.pi, -np.pi, 0.5 * np.pi]])
    for attenuation in (0.0, 1e-3, 0.7, 9.0, 40.0):
        found = transmission_of(np, np.stack([np.full_like(phase, attenuation), phase])[:, None], 1)[0]
        expected = np.exp(-attenuation - 1j * phase)
        np.testing.assert_allclose(found / np.exp(-attenuation), expected / np.exp(-attenuation), atol=2.5e-7)
    opaque = np.stack([np.array([[130.0, 1e3, 1e9]]), np.ones((1, 3))])
    np.testing.assert_array_equal(transmission_of(np, opaque, 1), 0)


@pytest.mark.parametrize("refinement", [1, 2, 4])
def test_one_sheet_is_the_same_in_one_go(refinement):
    # An incident field of 1 takes the way that slabs and other fields take.
    labels = sphere(48, 12, 0.5, centre=(3.0, 1.0, -2.0))
    found = wave(labels, 2, distance_mm=5.0)
    maps = [found._sample.maps(found._pose(20.0))]
    passage = found.passage(found._sample.shape, refinement, 1, False)
    ones = np.ones((48 * refinement, 48 * refinement), np.complex64)
    here, there = (field_intensities(np, [maps], passage, refinement, 2, beam)[0] for beam in (None, ones))
    assert here.shape == (24, 24)
    np.testing.assert_allclose(here, there, atol=2e-6)


def test_half_a_turn_mirrors_the_fringes():
    labels = sphere(48, 12, 0.5, centre=(1.3, 4.2, -7.6))
    # What differs is the rounding of float32, in the Fourier transforms above all.
    for distance, tolerance in ((0.0, 2e-7), (5.0, 2e-5)):
        found = wave(labels, distance_mm=distance)
        np.testing.assert_allclose(found.intensity(213.0), found.intensity(33.0)[:, ::-1], atol=tolerance)


def test_supersampled_sphere_against_a_dense_radial_integral():
    # Contact image of a sphere, averaged over pixels: oracle on a grid eight times finer than the pixels.
    labels = sphere(128, 50, 0.25)
    found = wave(labels, supersampling=2).intensity(20.0)
    fine = (np.arange(64 * 8) + 0.5) / 8 - 32
    chord = 2 * np.sqrt(np.clip(12.5**2 - (0.5 * np.hypot(fine, fine[:, np.newaxis])) ** 2, 0, None))
    expected = np.exp(-ATTENUATION * chord).reshape(64, 8, 64, 8).mean(axis=(1, 3))
    assert np.sqrt(np.mean((found - expected) ** 2)) < 1.5e-3


def test_steep_edges_are_refined_and_come_nearer_to_the_truth():
    settings = {"distance_mm": 10.0, "psf_sigma_px": 0.0}
    truth = wave(sphere(256, 96, 0.15), supersampling=8, finest_supersampling=1, **settings).intensity(0.0)
    coarse = sphere(32, 12, 1.2)
    plain = wave(coarse, finest_supersampling=1, **settings)
    better = wave(coarse, finest_supersampling=4, **settings)
    assert plain.refinement == 1 and plain.sampling.largest_phase_step_rad > np.pi
    assert better.refinement > 1
    error = [np.sqrt(np.mean((found.intensity(0.0) - truth) ** 2)) for found in (plain, better)]
    assert error[1] < 0.6 * error[0]


def test_contact_image_needs_no_refinement():
    assert wave(sphere(64, 25, 1.2), propagation="absorption").refinement == 1


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


def test_record_of_the_sampling():
    found = wave(sphere(64, 20, 0.6), distance_mm=10.0).sampling
    assert (found.propagation, found.slices) == ("projection", 1)
    assert found.sample_depth_um == pytest.approx(24.0, rel=0.05)
    # 0.6²/λ, λ = 3.5424e-4 µm; π/2·24/0.6 angles.
    assert found.projection_depth_um == pytest.approx(1016.3, rel=1e-3)
    assert found.angles_needed == pytest.approx(63, abs=3)
    assert found.padding_px == np.ceil(3.5424e-4 * 1e4 / (2 * (0.6 / found.field_samples_per_voxel) ** 2))
    assert found.to_dict()["estimated_error"] == pytest.approx(
        np.hypot(found.sampling_error, found.slicing_error), rel=1e-3
    )


def test_estimated_error_is_about_the_true_one():
    # Against the exact solution for the sphere, at the same window's contrast.
    from napari_crystalseg.fidelity.exact_waves import sphere as exact_sphere
    from napari_crystalseg.xray.substances.refractive_index import wavelength_um

    pixel, pixels, radius = 0.3, 64, 6.0
    fine = ((np.arange(pixels * 8) + 0.5) / 8 - pixels / 2) * pixel
    r = np.linspace(0, 0.72 * pixels * pixel, 900)
    exact = np.interp(np.hypot(fine, fine[:, None]), r, exact_sphere(r, radius, WATER, wavelength_um(ENERGY), 2e4))
    exact = exact.reshape(pixels, 8, pixels, 8).mean(axis=(1, 3))
    for supersampling in (1, 2):
        labels = sphere(pixels * supersampling, radius / pixel * supersampling, pixel / supersampling)
        found = wave(labels, supersampling, distance_mm=20.0)
        true = np.sqrt(np.mean((found.intensity(0.0) - exact) ** 2))
        assert 0.5 < found.sampling.estimated_error / true < 2


def test_thick_samples_are_cut_into_slices():
    data = np.zeros((8, 48, 48), np.uint8)
    data[:, 4:44, 4:44] = 1
    index = {Material.LIQUOR: RefractiveIndex(1e-6, 1e-9)}
    # At 3.5 keV and 0.1 µm a sheet may be 28 µm deep; this is 5.7.
    settings = {"indices": index, "distance_mm": 0.05}
    assert wave(Labels(data, 0.1), **settings).sampling.slices == 1
    with_three = wave(Labels(data, 0.1), slices=3, **settings)
    assert with_three.sampling.propagation == "symmetric"
    np.testing.assert_allclose(
        with_three.intensity(30.0), wave(Labels(data, 0.1), **settings).intensity(30.0), atol=1e-3
    )


def test_as_many_slices_are_chosen_as_a_deep_sample_needs():
    # Two fibres, one behind the other, 8.5 µm apart and 10 µm before the detector: a sheet may be 7 µm deep here.
    y, x = np.ogrid[:192, :192]
    data = np.zeros((2, 192, 192), np.uint8)
    for row, column in ((10.5, 88), (180.5, 106)):
        data[:, (y - row) ** 2 + (x - column) ** 2 < 49] = 1
    settings = {"indices": {Material.LIQUOR: RefractiveIndex(1e-5, 1e-9)}, "distance_mm": 0.01}
    chosen = wave(Labels(data, 0.05), **settings)
    assert chosen.sampling.propagation == "symmetric"
    assert chosen.sampling.slices in (3, 5)
    many = wave(Labels(data, 0.05), slices=33, **settings).intensity(0.0)
    errors = [
        np.sqrt(np.mean((found.intensity(0.0) - many) ** 2))
        for found in (chosen, wave(Labels(data, 0.05), slices=1, **settings))
    ]
    assert errors[0] < max(1e-3, chosen.sampling.sampling_error / 4) < errors[1]
    assert 0.5 < chosen.sampling.slicing_error / errors[0] < 2


def test_a_phase_that_cannot_be_sampled_is_on_record():
    # Four fifths of a turn from voxel to voxel, and no finer field allowed: the image is wrong, and said to be.
    from napari_crystalseg.fidelity.exact_waves import sphere as exact_sphere
    from napari_crystalseg.xray.substances.refractive_index import wavelength_um

    pixel, size, radius = 2.4, 16, 14.4
    found = wave(sphere(size, radius / pixel, pixel), distance_mm=20.0, finest_supersampling=1)
    fine = ((np.arange(size * 8) + 0.5) / 8 - size / 2) * pixel
    r = np.linspace(0, 0.75 * size * pixel, 400)
    exact = np.interp(np.hypot(fine, fine[:, None]), r, exact_sphere(r, radius, WATER, wavelength_um(ENERGY), 2e4))
    true = np.sqrt(np.mean((found.intensity(0.0) - exact.reshape(size, 8, size, 8).mean(axis=(1, 3))) ** 2))
    assert found.sampling.largest_phase_step_rad > np.pi and not found.sampling.phase_resolved
    assert true > 0.2
    assert 0.8 < found.sampling.estimated_error / true < 2


def test_plain_recursion_comes_to_the_symmetric_one():
    labels = sphere(40, 14, 0.25)
    symmetric = wave(labels, distance_mm=2.0, slices=33).intensity(25.0)
    errors = []
    for slices in (4, 16):
        plain = wave(labels, distance_mm=2.0, propagation="multislice", slices=slices)
        assert plain.sampling.propagation == "plain"
        errors.append(np.sqrt(np.mean((plain.intensity(25.0) - symmetric) ** 2)))
    assert errors[1] < 0.35 * errors[0]


def test_beam_before_the_sample():
    empty = Labels(np.zeros((64, 8, 48), np.uint8), 0.5)
    y = np.arange(32)[:, None]
    incident = (1 + 0.3 * np.cos(2 * np.pi * y / 16) * np.ones(24)).astype(np.float32)
    found = wave(empty, 2, distance_mm=5.0)
    # Without a sample what arrives is the flat; without distance, the incident itself.
    np.testing.assert_allclose(found.intensity(10.0, incident=incident), found.without_sample(incident), atol=1e-6)
    assert np.abs(found.without_sample(incident) - incident).max() > 1e-3
    np.testing.assert_array_equal(wave(empty, 2).without_sample(incident), incident)
    # A slab attenuates it as it does an even beam.
    data = np.zeros((16, 40, 20), np.uint8)
    data[:, 5:35] = 1
    ramp = np.tile(np.linspace(0.8, 1.2, 20, dtype=np.float32), (16, 1))
    slab = wave(Labels(data, 0.5)).intensity(0.0, incident=ramp)[:, 1:-1]
    np.testing.assert_allclose(slab, np.exp(-ATTENUATION * 15.0) * ramp[:, 1:-1], rtol=1e-6)


@pytest.mark.parametrize(
    "changes", [{}, {"slices": 3, "tilt_deg": 0.5, "roll_deg": 0.3}, {"propagation": "absorption"}]
)
def test_arrays_of_a_gpu_give_the_same(fake_gpu, changes):
    labels = sphere(32, 10, 0.5)
    settings = {"distance_mm": 5.0, "third_harmonic": 0.01, "harmonic": INDICES, **changes}
    poses = [(20.0, 0.3, -0.2, 0.97), (110.0, 0.0, 0.0, 1.0)]
    incident = np.linspace(0.9, 1.1, 32, dtype=np.float32) * np.ones((32, 1), np.float32)
    here, there = (wave(labels, xp=xp, **settings) for xp in (np, fake_gpu()))
    for beam in (None, incident):
        found = there.intensities(poses, beam)
        assert isinstance(found, np.ndarray)
        np.testing.assert_allclose(found, here.intensities(poses, beam), atol=3e-6)
