from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from napari_crystalseg.segmentation.doubt.noise_and_edges import edge_width, noise_of
from napari_crystalseg.segmentation.doubt.rings import ring_strength
from napari_crystalseg.segmentation.doubt.volume_statistics import VolumeStatistics
from napari_crystalseg.segmentation.grids.normalisation import normalise
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid

EVERYWHERE = np.ones((24, 40, 40), bool)


def box(shape=(48, 56, 64), share=(0.5, 0.5, 0.5), blur=0.0, noise=0.0, seed=0) -> np.ndarray:
    """Air at 10 with a box of 30 in its middle, blurred, and noise in units of its height."""
    values = np.zeros(shape)
    values[tuple(slice(round(n * (1 - s) / 2), round(n * (1 + s) / 2)) for n, s in zip(shape, share, strict=True))] = 1
    values = gaussian_filter(values, blur) if blur else values
    values += noise * np.random.default_rng(seed).normal(size=shape)
    return (10 + 20 * values).astype(np.float32)


def measured(data: np.ndarray, longest: int = 64) -> VolumeStatistics:
    grid = WorkingGrid.of(data.shape, (1.0, 1.0, 1.0), longest)
    return VolumeStatistics.of(data, grid, normalise(grid.average(data)))


@pytest.mark.parametrize("sigma", [0.01, 0.3])
def test_noise_that_was_put_in_is_found_on_a_slope(sigma):
    slope = np.linspace(0, 5, 40)
    values = slope + np.random.default_rng(1).normal(0, sigma, EVERYWHERE.shape)
    assert noise_of(values.astype(np.float32), EVERYWHERE) == pytest.approx(sigma, rel=0.03)


@pytest.mark.parametrize("blur", [0.0, 2.0, 4.0])
def test_width_of_a_face_that_was_blurred(blur):
    step = (np.arange(40) >= 20).astype(np.float32)
    profile = gaussian_filter1d(step, blur) if blur else step
    values = np.broadcast_to(profile, EVERYWHERE.shape).astype(np.float32)
    # Of a step between two voxels a Gaussian of one voxel has the slope exp(-1/8)/√2π half a voxel away.
    expected = np.sqrt(2 * np.pi * (1 + blur**2)) * np.exp(0.125 / (1 + blur**2))
    assert edge_width(values, values > 0.5) == pytest.approx(expected, rel=0.04)


def test_rings_that_were_put_in_are_found_under_noise():
    y, x = np.mgrid[:80, :80] - 39.5
    radius = np.rint(np.hypot(y, x)).astype(int)
    rng = np.random.default_rng(2)
    mask = np.ones((12, 80, 80), bool)
    noise = rng.normal(0, 0.1, mask.shape)
    rings = rng.normal(0, 0.05, (12, radius.max() + 1))[:, radius]
    # What is left of rings of one voxel when their surroundings of about two voxels are taken away.
    left = ring_strength(rings.astype(np.float32), mask)
    assert 0.03 < left < 0.05
    assert ring_strength((rings + noise).astype(np.float32), mask) == pytest.approx(left, rel=0.1)
    assert ring_strength(noise.astype(np.float32), mask) < 0.005
    assert ring_strength((4 * rings).astype(np.float32), mask) == pytest.approx(4 * left, rel=1e-3)


def test_a_box_in_air():
    found = measured(box(noise=0.05))
    assert found.sample_voxels == pytest.approx(32, abs=1)
    assert found.sample_share == pytest.approx(1 / 8, rel=0.06)
    assert found.cut_off == 0
    assert found.separation > 0.9
    assert found.noise == pytest.approx(0.05, rel=0.06)
    assert found.fine_noise == pytest.approx(0.05, rel=0.06)
    assert found.inner_contrast < 0.06


def test_scale_and_offset_change_nothing():
    data = box(noise=0.05)
    first, second = measured(data).to_dict(), measured(4096 * data - 7).to_dict()
    assert first == pytest.approx(second, rel=1e-3)


def test_what_is_cut_off_takes_the_faces():
    cut = measured(box(share=(1.0, 0.5, 0.5)))
    # The box crosses both faces along z, a quarter of each.
    faces = 2 * (56 * 64 + 48 * 64 + 48 * 56)
    assert cut.cut_off == pytest.approx((2 * 56 * 64 / 4 + 2 * 0) / faces, rel=0.06)


def test_blur_widens_the_edge_on_both_grids():
    shape, share = (64, 64, 64), (0.6, 0.6, 0.6)
    sharp, soft = measured(box(shape, share, noise=0.01)), measured(box(shape, share, blur=2.0, noise=0.01))
    # As above, half a voxel from the face.
    assert soft.edge_voxels / sharp.edge_voxels == pytest.approx(np.sqrt(5) * np.exp(0.125 / 5 - 0.125), rel=0.06)
    # Patches about corners rise less steeply than faces.
    assert soft.fine_edge_voxels / sharp.fine_edge_voxels > 1.6


def test_like_slices_do_not_change():
    assert measured(np.repeat(box()[24:25], 48, axis=0)).change_along_z == pytest.approx(0, abs=1e-6)
    assert measured(box()).change_along_z > 0.3


def test_averaging_halves_the_noise_that_the_network_sees_and_not_that_of_the_volume():
    found = measured(box((96, 96, 96), noise=0.1), longest=48)
    # Means of eight voxels.
    assert found.noise == pytest.approx(0.1 / np.sqrt(8), rel=0.08)
    assert found.fine_noise == pytest.approx(0.1, rel=0.05)
    assert found.sample_voxels == pytest.approx(48, abs=2)


@pytest.mark.parametrize("shape", [(1, 40, 30), (5, 7, 9), (2, 2, 2), (24, 1, 24)])
def test_small_and_flat_volumes_have_some_statistics(shape):
    data = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    data.setflags(write=False)
    assert 0 <= measured(data).sample_share <= 1


def test_a_record_brings_them_back():
    found = measured(box(share=(1.0, 1.0, 1.0), noise=0.1))
    again = VolumeStatistics.from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
