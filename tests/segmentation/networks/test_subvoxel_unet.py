from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.segmentation.networks.contrast import _fill, _smooth, contrast_channels
from napari_crystalseg.segmentation.networks.subvoxels import to_blocks, to_voxels
from napari_crystalseg.segmentation.training.interface_loss import interface_loss


def test_blocks_and_back():
    values = torch.randn(2, 3, 4, 6, 8)
    blocks = to_blocks(values)
    assert blocks.shape == (2, 24, 2, 3, 4)
    assert torch.equal(to_voxels(blocks), values)
    # The first block's channels are the eight voxels of its corner.
    assert torch.equal(blocks[0, :8, 0, 0, 0], values[0, 0, :2, :2, :2].reshape(-1))


def test_screened_poisson_of_a_wave_is_the_wave_over_one_plus_l2k2():
    k = 2 * np.pi * 3 / 32
    wave = torch.cos(k * torch.arange(32.0)).reshape(1, 1, 1, 1, 32).expand(1, 1, 4, 6, 32)
    assert torch.allclose(_fill(wave, 2.0), wave / (1 + 4 * k**2), atol=1e-6)


def test_smoothing_is_scipys():
    from scipy.ndimage import gaussian_filter

    from napari_crystalseg.segmentation.networks.contrast import _gaussian

    values = np.random.default_rng(0).normal(size=(9, 11, 13)).astype(np.float32)
    expected = gaussian_filter(values, 1.5, mode="constant", truncate=4 / 1.5)
    smoothed = _smooth(torch.from_numpy(values)[None, None], _gaussian(1.5))[0, 0].numpy()
    assert np.allclose(smoothed, expected, atol=1e-5)


def ball_with_a_box(contrast: float, rim: float) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
    z, y, x = np.ogrid[:48, :48, :48]
    depth = 18 - np.sqrt((z - 23.5) ** 2 + (y - 23.5) ** 2 + (x - 23.5) ** 2)
    box = np.zeros((48, 48, 48), dtype=bool)
    box[20:30, 16:26, 24:34] = True
    voxel_values = (depth > 0) * (1 + rim * np.exp(-np.maximum(depth, 0) / 2)) + contrast * box
    return torch.from_numpy(voxel_values.astype(np.float32))[None, None], box, depth


@pytest.mark.parametrize("contrast", [0.05, -0.05])
def test_a_faint_box_stands_out_of_a_bright_rim(contrast):
    voxel_values, box, depth = ball_with_a_box(contrast, rim=0.8)
    shown = contrast_channels(voxel_values)[0].numpy()
    around = (depth > 5) & ~box
    for channel in (2, 3):
        inside, outside = shown[channel][box].mean(), shown[channel][around].mean()
        assert np.sign(inside - outside) == np.sign(contrast)
        assert abs(inside - outside) > 1.0
    assert np.ptp(voxel_values[0, 0].numpy()[around]) > abs(contrast)  # which the voxel values themselves do not show


def test_contrast_is_nothing_in_air_and_finite_everywhere():
    voxel_values, _, depth = ball_with_a_box(0.1, 0.5)
    shown = contrast_channels(voxel_values)[0].numpy()
    assert not shown[1:, depth < -3].any()
    for volume in (torch.zeros(1, 1, 16, 16, 16), torch.ones(1, 1, 16, 16, 16), 5 * torch.randn(2, 1, 16, 20, 24)):
        assert torch.isfinite(contrast_channels(volume)).all()


def test_each_sample_of_a_batch_is_on_its_own():
    first, second = ball_with_a_box(0.1, 0.2)[0], ball_with_a_box(-0.2, 0.7)[0]
    both = contrast_channels(torch.cat([first, second]))
    assert torch.allclose(both[0], contrast_channels(first)[0], atol=1e-5)
    assert torch.allclose(both[1], contrast_channels(second)[0], atol=1e-5)


def test_the_interface_is_where_crystal_touches_liquor():
    labels = torch.zeros(1, 1, 8, 8, 8, dtype=torch.uint8)
    labels[..., 2:4], labels[..., 4:6] = 1, 3
    right = torch.full((1, 1, 8, 8, 8), -20.0)
    right[..., 3:5] = 20.0
    assert interface_loss(right, labels) < 1e-3
    # Crystal against air does not count.
    wrong = torch.full_like(right, -20.0)
    wrong[..., 5:7] = 20.0
    assert interface_loss(wrong, labels) > 1


def test_noise_of_a_sample_that_is_all_skin_does_not_saturate():
    voxel_values = torch.zeros(1, 1, 32, 32, 32)
    voxel_values[0, 0, 14:18, 6:26, 6:26] = 1 + 0.02 * torch.randn(
        4, 20, 20, generator=torch.Generator().manual_seed(0)
    )
    shown = contrast_channels(voxel_values)[0, 2, 14:18, 6:26, 6:26]
    assert shown.abs().mean() < 1.2
