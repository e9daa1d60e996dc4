import json

import numpy as np
import pytest

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire, attenuation_per_um

INDICES = {Material.LIQUOR: RefractiveIndex(19e-6, 342e-9), Material.CRYSTAL: RefractiveIndex(22e-6, 351e-9)}
CLEAN = {"gain_drift": 0.0, "read_noise": 0.5, "psf_sigma_px": 0.5, "psf_tail": 0.0}


def settings(angles=(0.0, 45.0, 90.0), pixel=1.0, **changes):
    return Acquisition(
        **{"energy_kev": 3.5, "distance_mm": 0.0, "pixel_size_um": pixel, "angles_deg": angles} | changes
    )


def normalised(scan):
    dark = scan.darks.mean(axis=0)
    return (scan.projections - dark) / (scan.flats.mean(axis=0) - dark)


@pytest.fixture
def block():
    data = np.zeros((24, 32, 32), np.uint8)
    data[4:20, 10:20, 8:26] = 1
    data[8:16, 12:18, 12:22] = 3
    return Labels(data, 1.0)


EVERYTHING = {
    "distance_mm": 10.0,
    "flat_drift_px": 2.0,
    "column_gain_drift": 1e-3,
    "dead_fraction": 1e-3,
    "hot_fraction": 1e-3,
    "zinger_rate": 1e-3,
    "wobble_px": 0.5,
    "angle_jitter_deg": 0.1,
    "intensity_drift": 0.02,
    "third_harmonic": 1e-2,
    "source_sigma_um": (10.0, 60.0),
    "tilt_deg": 0.2,
    "roll_deg": 0.1,
    "drift_px": (0.5, 1.0),
    "shrinkage": 0.02,
}


def test_same_seed_same_bits(block):
    acquisition = settings(np.arange(0, 180, 9.0), **EVERYTHING)
    scans = [acquire(block, INDICES, acquisition, seed, harmonic_indices=INDICES) for seed in (7, 7, 8)]
    for frames in ("projections", "flats", "darks"):
        first, again, other = (getattr(scan, frames) for scan in scans)
        assert first.dtype == np.uint16
        np.testing.assert_array_equal(first, again)
        assert (first != other).mean() > 0.5


def test_scan_says_how_it_was_taken(block):
    scan = acquire(block, INDICES, settings(pixel=2.0, rotation_centre_offset_px=0.7), 3, supersampling=2)
    assert scan.shape == (3, 12, 16)
    assert len(scan.flats) == 10 and len(scan.darks) == 5
    assert (scan.energy_kev, scan.distance_mm, scan.pixel_size_um) == (3.5, 0.0, 2.0)
    assert scan.rotation_centre_px == pytest.approx(7.5 + 0.7)
    record = json.loads(json.dumps(scan.provenance.to_dict()))
    step = record["steps"][-1]
    assert record["seed"] == 3 and step["step"] == "acquire"
    assert step["voxels_per_pixel"] == 2 and step["sampling"]["field_samples_per_voxel"] == 1
    assert step["sampling"]["band_limited"] is False and step["indices"]["liquor"] == [19e-6, 342e-9]


def test_attenuation_is_that_of_the_slab():
    data = np.zeros((32, 40, 32), np.uint8)
    data[:, 10:30] = 1
    scan = acquire(Labels(data, 1.0), INDICES, settings([0.0] * 8, photons=2e4, **CLEAN), 0)
    expected = 20 * attenuation_per_um(INDICES[Material.LIQUOR].beta, 3.5)
    assert -np.log(normalised(scan).mean()) == pytest.approx(expected, abs=1e-3)


def test_block_moves_along_the_sine_of_the_geometry():
    # Centre of the block at (y, x) from the axis, in µm; its image must be at c + x cos φ − y sin φ.
    data = np.zeros((16, 64, 64), np.uint8)
    data[4:12, 14:20, 40:48] = 1
    y, x = (17.0 - 32) * 0.5, (44.0 - 32) * 0.5
    angles = np.arange(0.0, 360.0, 24.0)
    acquisition = settings(angles, pixel=1.0, photons=6e4, rotation_centre_offset_px=1.3, **CLEAN)
    absorber = {Material.LIQUOR: RefractiveIndex(0.0, 5e-6)}
    scan = acquire(Labels(data, 0.5), absorber, acquisition, 0, supersampling=2)
    absorbed = -np.log(normalised(scan)[:, 1:7].mean(axis=1))
    column = np.arange(32)
    for angle, profile in zip(np.radians(angles), absorbed, strict=True):
        expected = scan.rotation_centre_px + x * np.cos(angle) - y * np.sin(angle)
        near = np.abs(column - expected) < 5.5
        centroid = np.sum(profile[near] * column[near]) / np.sum(profile[near])
        assert centroid == pytest.approx(expected, abs=0.04)


def test_gain_drift_is_what_flat_fields_leave():
    empty = Labels(np.zeros((40, 40, 40), np.uint8), 1.0)
    left = {}
    for drift in (0.0, 0.01):
        acquisition = settings(np.arange(64.0), photons=1e5, flats=40, gain_drift=drift, read_noise=0.0)
        left[drift] = normalised(acquire(empty, {}, acquisition, 0)).mean(axis=0).std()
    assert left[0.0] < 1e-3
    assert left[0.01] == pytest.approx(0.01, rel=0.08)


def test_photons_are_counted_after_the_blur_and_read_noise_comes_last():
    # Blur before counting: the noise of neighbours is their own, though they share light; 0.94 would follow otherwise.
    empty = Labels(np.zeros((32, 32, 32), np.uint8), 1.0)
    even = {"photons": 400.0, "counts_per_photon": 0.5, "read_noise": 3.0, "flats": 40, "darks": 40}
    even |= {"psf_sigma_px": 2.0, "flat_structure": 0.0, "gain_spread": 0.0, "gain_drift": 0.0}
    scan = acquire(empty, {}, settings(np.zeros(40), **even), 0)
    for frames in (scan.flats, scan.projections):
        counts = frames - 100.0
        assert counts.mean() == pytest.approx(200.0, rel=1e-3)
        noise = counts - counts.mean()
        # Photons count by the square of the gain, read noise and digits by themselves.
        assert noise.var() == pytest.approx(0.25 * 400 + 9 + 1 / 12, rel=0.03)
        for axis in (1, 2):
            shared = np.mean(noise * np.roll(noise, 1, axis)) / noise.var()
            assert abs(shared) < 0.02
    assert scan.darks.mean() == pytest.approx(100.0, abs=0.1)
    assert scan.darks.var() == pytest.approx(9 + 1 / 12, rel=0.03)


def test_intensity_falls_by_the_drift():
    empty = Labels(np.zeros((16, 32, 32), np.uint8), 1.0)
    scan = acquire(empty, {}, settings(np.arange(5.0), photons=1e5, intensity_drift=0.03, **CLEAN), 0)
    np.testing.assert_allclose(normalised(scan).mean(axis=(1, 2)), np.linspace(1, 0.97, 5), atol=1e-3)


def rod(size=32, radius=4.0, z=slice(None)):
    """An upright rod in the middle."""
    y, x = np.ogrid[:size, :size]
    data = np.zeros((size,) * 3, np.uint8)
    data[z] = (y - (size - 1) / 2) ** 2 + (x - (size - 1) / 2) ** 2 < radius**2
    return Labels(data, 1.0)


ABSORBER = {Material.LIQUOR: RefractiveIndex(0.0, 5e-6)}


def test_drift_is_complete_at_the_end():
    scan = acquire(rod(z=slice(8, 20)), ABSORBER, settings(np.zeros(5), photons=6e4, drift_px=(2.0, -3.0), **CLEAN), 0)
    absorbed = np.clip(-np.log(normalised(scan)), 0.05, None) - 0.05
    axis = np.arange(32)
    rows, columns = ((absorbed.sum(axis=other) * axis).sum(axis=1) / absorbed.sum(axis=(1, 2)) for other in (2, 1))
    np.testing.assert_allclose(rows - rows[0], np.linspace(0, 2, 5), atol=0.05)
    np.testing.assert_allclose(columns - columns[0], np.linspace(0, -3, 5), atol=0.05)


def test_dose_shrinks_the_rod():
    acquisition = settings(np.zeros(3), photons=6e4, shrinkage=0.2, **CLEAN)
    scan = acquire(rod(radius=8.0), ABSORBER, acquisition, 0)
    # What a row absorbs is the area of the rod's section, which goes with the square of its width.
    area = -np.log(normalised(scan)[:, 10:22]).mean(axis=1).sum(axis=1)
    np.testing.assert_allclose(area / area[0], [1, 0.9**2, 0.8**2], rtol=0.01)


def test_truncated_field_is_the_middle_of_the_whole():
    labels = rod(size=40, radius=15.0)
    dim = {**CLEAN, "photons": 1e5, "flat_structure": 0.0, "gain_spread": 0.0, "read_noise": 0.0}
    whole, part = (
        acquire(labels, ABSORBER, settings([30.0] * 20, field_px=field, rotation_centre_offset_px=1.5, **dim), 0)
        for field in (None, (20, 25))
    )
    assert part.shape == (20, 20, 25)
    # 40 columns have their middle at 19.5; of 25, the first is the seventh: (40 − 25) // 2 = 7.
    assert whole.rotation_centre_px == 21.0 and part.rotation_centre_px == 14.0
    inside = normalised(part)[:, 5:-5, 5:-5].mean(axis=0)
    np.testing.assert_allclose(inside, normalised(whole)[:, 15:25, 12:27].mean(axis=0), atol=4e-3)
    with pytest.raises(InputError, match="larger"):
        acquire(labels, ABSORBER, settings(field_px=(41, 40)), 0)


def test_full_scale_of_a_detector_of_12_bits():
    acquisition = settings([0.0], photons=1e4, bits=12, counts_per_photon=1.0, flat_structure=0.0)
    scan = acquire(rod(), ABSORBER, acquisition, 0)
    assert scan.flats.max() == scan.projections.max() == 4095
    assert (scan.flats == 4095).mean() > 0.99


def test_source_blurs_what_the_detector_sees():
    # An edge 100 mm before the detector and 10 m behind a source of 200 µm: 2 µm of blur.
    data = np.zeros((12, 64, 64), np.uint8)
    data[:, :, :32] = 1
    opaque = {Material.LIQUOR: RefractiveIndex(0.0, 1e-4)}
    settled = {"photons": 6e4, "distance_mm": 100.0, "propagation": "absorption", **CLEAN, "psf_sigma_px": 0.0}
    profiles = []
    for sigma in ((0.0, 0.0), (0.0, 200.0), (200.0, 0.0)):
        acquisition = settings([0.0], source_sigma_um=sigma, source_distance_m=10.0, **settled)
        profiles.append(normalised(acquire(Labels(data, 1.0), opaque, acquisition, 0))[0].mean(axis=0))
    from scipy.special import erf

    edge = (np.arange(64) + 0.5 - 32) / np.sqrt(2) / 2.0
    np.testing.assert_allclose(profiles[1][8:-8], (1 + erf(edge[8:-8])) / 2, atol=0.015)
    np.testing.assert_allclose(profiles[2], profiles[0], atol=0.01)


def test_measured_flat_field_cancels():
    flat = np.random.default_rng(0).uniform(0.8, 1.2, (4, 4)).repeat(8, axis=0).repeat(8, axis=1)
    quiet = {**CLEAN, "photons": 1e5, "flats": 20, "gain_spread": 0.0}
    for distance in (0.0, 2.0):
        acquisition = settings([0.0] * 20, distance_mm=distance, **quiet)
        empty = acquire(Labels(np.zeros((32, 32, 32), np.uint8), 1.0), {}, acquisition, 0, flat_field=1e3 * flat)
        np.testing.assert_allclose(normalised(empty).mean(axis=0), 1.0, atol=5e-3)
        beam = empty.flats.mean(axis=0) - 100
        np.testing.assert_allclose(beam[2:6, 2:6].mean() / beam.mean(), flat[0, 0] / flat.mean(), rtol=0.01)
        assert empty.provenance.steps[-1]["flat_field_sha256"]
    for bad, message in ((flat[:9], "shape|row"), (0 * flat, "positive")):
        with pytest.raises(InputError, match=message):
            acquire(rod(), ABSORBER, settings(), 0, flat_field=bad)


def test_choice_of_the_sampling_is_on_record(block):
    def record(**changes):
        scan = acquire(block, INDICES, settings(**{"distance_mm": 5.0, **changes}), 0)
        return json.loads(json.dumps(scan.provenance.to_dict()))["steps"][-1]["sampling"]

    chosen = record()
    assert (chosen["propagation"], chosen["slices"]) == ("projection", 1)
    assert 0 < chosen["estimated_error"] < 0.1 and chosen["padding_px"] > 0 and chosen["angles_needed"] > 10
    plain = record(propagation="multislice", slices=4)
    assert (plain["propagation"], plain["slices"]) == ("plain", 4)
    flat = record(propagation="absorption")
    assert (flat["propagation"], flat["estimated_error"]) == ("absorption", None)


def test_gpu_gives_the_same_scan_but_for_rounding(block, fake_gpu):
    acquisition = settings(np.arange(0, 180, 18.0), **EVERYTHING)
    here = acquire(block, INDICES, acquisition, 7, harmonic_indices=INDICES)
    fake_gpu()
    there = acquire(block, INDICES, acquisition, 7, harmonic_indices=INDICES, backend="cupy")
    assert there.provenance.steps[-1]["backend"] == "cupy"
    assert (np.abs(here.projections.astype(int) - there.projections) > 3).mean() < 0.02
    np.testing.assert_array_equal(here.flats, there.flats)


def test_progress_reports_and_cancels(block):
    seen = []
    acquire(block, INDICES, settings(), 0, progress=lambda fraction, message: seen.append(fraction))
    assert seen == pytest.approx([1 / 3, 2 / 3, 1.0])

    def stop(fraction, message):
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        acquire(block, INDICES, settings(), 0, progress=stop)


def test_refusals(block):
    with pytest.raises(InputError, match="crystal"):
        acquire(block, {Material.LIQUOR: INDICES[Material.LIQUOR]}, settings(), 0)
    with pytest.raises(InputError, match="three times"):
        acquire(block, INDICES, settings(third_harmonic=0.01), 0)
    with pytest.raises(InputError, match="voxels are"):
        acquire(block, INDICES, settings(pixel=2.0), 0)
    with pytest.raises(InputError, match="whole pixels"):
        acquire(block, INDICES, settings(pixel=5.0), 0, supersampling=5)
    with pytest.raises(InputError, match="supersampling"):
        acquire(block, INDICES, settings(), 0, supersampling=0)
