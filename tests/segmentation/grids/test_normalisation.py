from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.grids.normalisation import find_levels, normalise, outside_circle

AIR, SAMPLE = 0.004, 0.019


def ball(radius: float, noise: float = 0.1, size: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """A ball of SAMPLE in AIR, with noise as a share of their difference."""
    z, y, x = np.ogrid[:size, :size, :size]
    inside = (z - size / 2) ** 2 + (y - size / 2) ** 2 + (x - size / 2) ** 2 < radius**2
    rng = np.random.default_rng(0)
    voxel_values = np.where(inside, SAMPLE, AIR) + rng.normal(0, noise * (SAMPLE - AIR), inside.shape)
    return voxel_values.astype(np.float32), inside


def circle_mask(size: int = 48) -> np.ndarray:
    y, x = np.ogrid[:size, :size]
    return (y - (size - 1) / 2) ** 2 + (x - (size - 1) / 2) ** 2 > (size / 2 - 1) ** 2


@pytest.mark.parametrize(("radius", "tolerance"), [(9.5, 0.25), (14, 0.1), (25, 0.05)])  # 3, 10 and 59 % of the field
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.8])
def test_air_becomes_0_and_the_sample_1(radius, tolerance, noise):
    voxel_values, inside = ball(radius, noise)
    normalised = normalise(voxel_values)
    assert np.median(normalised[~inside]) == pytest.approx(0, abs=0.08)
    assert np.median(normalised[inside]) == pytest.approx(1, abs=tolerance)


@pytest.mark.parametrize(("factor", "offset"), [(1, 3.0), (1e-4, 0.0), (250.0, -40.0), (65535.0, 1000.0)])
def test_scale_and_offset_do_not_matter(factor, offset):
    voxel_values = ball(14)[0].astype(np.float64)
    assert normalise(factor * voxel_values + offset) == pytest.approx(normalise(voxel_values), abs=1e-4)


def test_circle_mask_becomes_air_and_moves_nothing():
    voxel_values, _ = ball(12)
    masked = voxel_values.copy()
    masked[:, circle_mask()] = -0.03  # far below air: without care it would be the lower of two classes
    found, whole = find_levels(masked, outside_circle(masked)), find_levels(voxel_values)
    assert found.air == pytest.approx(whole.air, abs=0.03 * (SAMPLE - AIR))
    assert found.sample == pytest.approx(whole.sample, abs=0.05 * (SAMPLE - AIR))
    assert (normalise(masked)[:, circle_mask()] == 0).all()


def test_air_without_noise_is_no_mask():
    assert not outside_circle(ball(12, noise=0)[0]).any()


def test_a_metal_pin_does_not_set_the_scale():
    voxel_values, inside = ball(14)
    voxel_values[:, 2:7, 2:7] = 20 * SAMPLE  # 1 % of the field
    assert np.median(normalise(voxel_values)[inside]) == pytest.approx(1, abs=0.15)


def test_fringes_at_edges_do_not_move_the_levels_much():
    voxel_values, inside = ball(16)
    fringed = voxel_values + 3 * (voxel_values - gaussian_filter(voxel_values, 1.5))
    normalised = normalise(fringed)
    assert np.median(normalised[~inside]) == pytest.approx(0, abs=0.1)
    assert np.median(normalised[inside]) == pytest.approx(1, abs=0.25)


def test_eight_bits_are_enough():
    voxel_values, inside = ball(14, noise=0.2)
    low, high = np.percentile(voxel_values, (0.2, 99.8))
    eight = np.round(np.clip((voxel_values - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    normalised = normalise(eight)
    assert np.median(normalised[~inside]) == pytest.approx(0, abs=0.05)
    assert np.median(normalised[inside]) == pytest.approx(1, abs=0.08)


def test_constant_volume_is_refused():
    with pytest.raises(InputError, match="Every voxel"):
        normalise(np.full((8, 8, 8), 3.0, dtype=np.float32))


def test_one_other_voxel_still_gives_finite_values():
    voxel_values = np.zeros((20, 20, 20), dtype=np.float32)
    voxel_values[3, 4, 5] = 1
    assert np.isfinite(normalise(voxel_values)).all()


@pytest.mark.parametrize(("radius", "halo"), [(5, 0.0), (8, 0.0), (12, 0.0), (8, 0.06), (12, 0.06)])
def test_a_small_sample_in_clean_air_is_the_sample(radius, halo):
    # Smoothed within edges, as by an iterative reconstruction: air has next to no noise, but the sample a faint halo.
    z, y, x = np.ogrid[:72, :64, :68]
    distance = np.sqrt((z - 36) ** 2 + (y - 30) ** 2 + (x - 33) ** 2)
    rng = np.random.default_rng(0)
    data = np.where(distance < radius, 0.6, halo * np.exp(-(((distance - radius) / 3) ** 2))) * np.ones((72, 64, 68))
    data = data + rng.normal(0, 1e-3, data.shape)
    normalised = normalise(data.astype(np.float32))
    inside = np.broadcast_to(distance < radius - 2, data.shape)
    # Of a sphere five voxels in radius the smoothing before the estimate takes nearly half.
    assert 0.75 < np.median(normalised[inside]) < 1.9


def test_a_single_slice_has_the_levels_of_its_volume():
    voxel_values, sample = ball(12, noise=0.05)
    middle = slice(len(voxel_values) // 2, len(voxel_values) // 2 + 1)
    alone = normalise(voxel_values[middle])
    assert alone.shape == (1, *voxel_values.shape[1:])
    assert np.median(alone[~sample[middle]]) == pytest.approx(0, abs=0.03)
    assert np.median(alone[sample[middle]]) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(("pin_radius", "drop_radius"), [(5, 8), (7, 8), (8, 8)])
def test_a_pin_does_not_set_the_scale_of_a_smaller_drop(pin_radius, drop_radius):
    # A pin from the end of the field, ten times as bright as the drop that it holds up.
    z, y, x = np.ogrid[:64, :64, :64]
    rng = np.random.default_rng(0)
    data = np.zeros((64, 64, 64))
    drop = np.broadcast_to((z - 40) ** 2 + (y - 32) ** 2 + (x - 32) ** 2 < drop_radius**2, data.shape)
    data[drop] = 1
    data[np.broadcast_to((z < 18) & ((y - 32) ** 2 + (x - 32) ** 2 < pin_radius**2), data.shape)] = 10
    data += rng.normal(0, 0.03, data.shape)
    normalised = normalise(data.astype(np.float32))
    assert 0.6 < np.median(normalised[drop]) < 1.6


@pytest.mark.parametrize("thickness", [4, 7, 9])
def test_a_dim_mount_beside_a_small_drop_does_not_set_the_scale(thickness):
    # The drop takes 2 % of the field, and a strip that holds it, a fifth as bright, stands in air.
    rng = np.random.default_rng(5)
    z, y, x = np.ogrid[:96, :96, :96]
    data = np.zeros((96, 96, 96))
    data[(z < 60) & (np.abs(y - 20) < thickness / 2) & (np.abs(x - 48) < 5)] = 0.2
    drop = (z - 66) ** 2 + (y - 34) ** 2 + (x - 48) ** 2 < 16.5**2
    data[drop] = 1.0
    data += 0.02 * rng.standard_normal(data.shape)
    assert 0.015 < drop.mean() < 0.03
    levels = find_levels(data)
    assert levels.sample == pytest.approx(1.0, abs=0.03)
    assert levels.air == pytest.approx(0.0, abs=0.01)
