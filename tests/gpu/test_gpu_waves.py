"""Thicknesses, waves and scans of a GPU are those of the processor."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.computing.backend import array_module, array_module_of, fft, to_numpy
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire, attenuation_per_um
from napari_crystalseg.xray.waves.passage import multislice
from napari_crystalseg.xray.waves.propagation import FresnelStep, propagate
from napari_crystalseg.xray.waves.wave_arrays import at_middles, binned, resolved, rows_at, sharpening, transmission

WAVELENGTH_UM = 3.542e-4
INDICES = {
    Material.LIQUOR: RefractiveIndex(19e-6, 342e-9),
    Material.LOOP: RefractiveIndex(21e-6, 300e-9),
    Material.CRYSTAL: RefractiveIndex(22e-6, 351e-9),
}


def fields(count=3, rows=31, columns=45) -> np.ndarray:
    """Smooth fields that differ at their edges."""
    rng = np.random.default_rng(4)
    phase = rng.normal(0, 1, (count, rows, columns)).cumsum(1).cumsum(2) / 40
    return np.exp(-0.1 * np.abs(phase) - 1j * phase).astype(np.complex64)


def settings(**changes) -> Acquisition:
    return Acquisition(
        **{"energy_kev": 3.5, "distance_mm": 5.0, "pixel_size_um": 1.0, "angles_deg": (0.0, 20.0, 110.0)} | changes
    )


def test_arrays_stay_there(cupy):
    assert array_module("auto") is cupy
    values = fields()
    for axis in (0, 1, 2):
        there = fft(cupy.asarray(values), axis)
        assert array_module_of(there) is cupy and there.dtype == np.complex64
        np.testing.assert_allclose(to_numpy(there), np.fft.fft(values, axis=axis), atol=1e-4)
        np.testing.assert_allclose(to_numpy(fft(there, axis, inverse=True)), values, atol=1e-5)


def test_sampling_of_waves(cupy):
    maps = np.abs(np.random.default_rng(5).normal(1, 0.4, (2, 9, 11)))
    maps[:, 3:5, 2:6] = 0
    there = cupy.asarray(maps)
    for work in (
        lambda xp, m: transmission(xp, m * 1e3, 3),
        at_middles,
        sharpening,
        lambda xp, m: resolved(xp, m[1]),
        lambda xp, m: binned(xp, m[0, :, :9], 3),
        lambda xp, m: rows_at(m, np.arange(9) - 0.3),
        lambda xp, m: rows_at(m, np.arange(9)[:, None] + np.linspace(-2, 2, 11)),
    ):
        np.testing.assert_allclose(to_numpy(work(cupy, there)), work(np, maps), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("padding", [None, 0])
def test_propagation(cupy, padding):
    # Several fields together go the way of whole arrays on the processor, too.
    values = fields()
    here, there = (FresnelStep((31, 45), 4e4, WAVELENGTH_UM, 1.0, padding, xp=xp) for xp in (np, cupy))
    found = to_numpy(there(cupy.asarray(values)))
    np.testing.assert_allclose(found, here(values.copy()), atol=2e-5)
    alone = propagate(cupy.asarray(values[0]), 4e4, WAVELENGTH_UM, 1.0, padding)
    assert array_module_of(alone) is cupy
    np.testing.assert_allclose(to_numpy(alone), found[0], atol=2e-5)
    if padding == 0:
        # A periodic field loses nothing, and comes back.
        assert np.linalg.norm(found[0]) == pytest.approx(np.linalg.norm(values[0]), rel=1e-5)
        back = propagate(alone, -4e4, WAVELENGTH_UM, 1.0, padding)
        np.testing.assert_allclose(to_numpy(back), values[0], atol=2e-5)


def test_thicknesses(cupy, block):
    from napari_crystalseg.xray.thicknesses.slabs import Slabs
    from napari_crystalseg.xray.thicknesses.thickness import Corners

    corners = Corners.of_labels(block)
    slabs = Slabs.of_labels(block, corners)
    depth = 2.01 * corners.radius_um
    options = {"axis_column": 17.3, "size": 0.9, "roll_sine": 0.4}
    for angle in (0.0, 33.0, 90.0):
        whole = corners.project(angle, 1.3, 27, **options)
        there = corners.project(angle, 1.3, 27, xp=cupy, **options)
        np.testing.assert_allclose(to_numpy(there), whole, atol=1e-6)
        parts = [to_numpy(slab) for slab in slabs.project(angle, 1.3, 27, 5, depth, xp=cupy, **options)]
        np.testing.assert_allclose(sum(parts), whole, atol=1e-5)
        for here, part in zip(slabs.project(angle, 1.3, 27, 5, depth, **options), parts, strict=True):
            np.testing.assert_allclose(part, here, atol=1e-6)
    # Of the crystal along axis 1: 6 voxels of 1 µm.
    np.testing.assert_allclose(to_numpy(corners.project(0.0, 1.0, 33, xp=cupy))[2, 10, 14:20], 6.0, atol=1e-4)


@pytest.mark.parametrize(
    "changes",
    [
        {"propagation": "absorption"},
        {},
        {"slices": 3, "tilt_deg": 0.5, "roll_deg": 0.3},
        {"propagation": "multislice", "slices": 4},
        {"third_harmonic": 0.01},
    ],
)
def test_intensities(cupy, block, changes):
    from napari_crystalseg.xray.waves.wave import SampleWave

    harmonic = INDICES if "third_harmonic" in changes else None
    here, there = (SampleWave(block, INDICES, harmonic, settings(**changes), 1, xp) for xp in (np, cupy))
    poses = [(20.0, 0.3, -0.2, 0.97), (110.0, 0.0, 0.0, 1.0)]
    incident = np.linspace(0.9, 1.1, 33, dtype=np.float32) * np.ones((23, 1), np.float32)
    for beam in (None, incident):
        found = there.intensities(poses, beam)
        assert isinstance(found, np.ndarray)
        np.testing.assert_allclose(found, here.intensities(poses, beam), atol=1e-5)


@pytest.mark.parametrize("what", ["fractions", "concentration"])
def test_mixed_voxels_and_concentrations(cupy, block, what):
    from napari_crystalseg.xray.waves.wave import SampleWave

    shares = np.stack([(block.data == code).astype(np.float32) for code in range(1, 5)])
    shares = (shares + np.roll(shares, 1, axis=2)) / 2
    more = {what: shares}
    if what == "concentration":
        pytest.importorskip("xraylib", reason="xraylib, which knows water, is not installed here.")
        more = {what: np.random.default_rng(6).uniform(0.5, 1.5, block.shape).astype(np.float32)}
    here, there = (SampleWave(block, INDICES, None, settings(), 1, xp, **more) for xp in (np, cupy))
    np.testing.assert_allclose(there.intensity(20.0), here.intensity(20.0), atol=1e-5)


def test_a_slab_attenuates_by_beer_lambert(cupy):
    from napari_crystalseg.xray.waves.wave import SampleWave

    data = np.zeros((8, 41, 21), np.uint8)
    data[:, 5:35] = Material.LIQUOR
    request = settings(propagation="absorption", angles_deg=(0.0,))
    wave = SampleWave(Labels(data, 1.0), INDICES, None, request, 1, cupy)
    expected = np.exp(-attenuation_per_um(INDICES[Material.LIQUOR].beta, 3.5) * 30.0)
    np.testing.assert_allclose(wave.intensity(0.0)[:, 1:-1], expected, rtol=1e-5)


def test_scans(cupy, block):
    request = settings(
        angles_deg=np.arange(0, 180, 18.0),
        distance_mm=10.0,
        wobble_px=0.5,
        tilt_deg=0.2,
        roll_deg=0.1,
        shrinkage=0.02,
        flat_drift_px=2.0,
        third_harmonic=1e-2,
    )
    here, there = (acquire(block, INDICES, request, 7, harmonic_indices=INDICES, backend=b) for b in ("numpy", "cupy"))
    assert there.provenance.steps[-1]["backend"] == "cupy"
    np.testing.assert_array_equal(here.flats, there.flats)
    # The same numbers are drawn; from a pixel on whose photons are rounded to one more, a frame has other noise.
    alike = (np.abs(here.projections.astype(int) - there.projections) <= 3).mean(axis=(1, 2))
    assert np.median(alike) > 0.98
    np.testing.assert_allclose(there.projections.mean(axis=(1, 2)), here.projections.mean(axis=(1, 2)), rtol=3e-3)
    again = acquire(block, INDICES, request, 7, harmonic_indices=INDICES, backend="auto")
    assert again.provenance.steps[-1]["backend"] == "cupy"


def test_slabs_of_a_wave(cupy):
    found = multislice([cupy.asarray(field) for field in fields(3)], 5.0, WAVELENGTH_UM, 1.0, slices=3)
    assert array_module_of(found) is cupy
    here = multislice(list(fields(3)), 5.0, WAVELENGTH_UM, 1.0, slices=3)
    np.testing.assert_allclose(to_numpy(found), here, atol=2e-5)
