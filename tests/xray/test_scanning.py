import json

import numpy as np
import pytest

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire, attenuation_per_um
from napari_crystalseg.xray.scanning import _run_out

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
    assert step["voxels_per_pixel"] == 2 and step["field_samples_per_voxel"] == 1
    assert step["band_limited"] is False and step["indices"]["liquor"] == [19e-6, 342e-9]


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


def test_intensity_falls_by_the_drift():
    empty = Labels(np.zeros((16, 32, 32), np.uint8), 1.0)
    scan = acquire(empty, {}, settings(np.arange(5.0), photons=1e5, intensity_drift=0.03, **CLEAN), 0)
    np.testing.assert_allclose(normalised(scan).mean(axis=(1, 2)), np.linspace(1, 0.97, 5), atol=1e-3)


def test_run_out_has_unit_size_over_a_turn():
    motion = _run_out(np.random.default_rng(0), np.arange(0, 360, 0.5))
    np.testing.assert_allclose(np.sqrt(np.mean(motion**2, axis=0)), 1.0, rtol=1e-6)
    assert np.abs(np.diff(motion, axis=0)).max() < 0.1


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
