from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid


@pytest.mark.parametrize(
    ("shape", "voxel_size_um", "working_shape"),
    [
        ((128, 128, 128), (0.3, 0.3, 0.3), (128, 128, 128)),
        ((300, 200, 100), (1.0, 1.0, 1.0), (160, 107, 53)),
        ((40, 100, 100), (2.0, 1.0, 1.0), (80, 100, 100)),
        ((160, 160, 160), (0.1, 0.1, 0.1), (160, 160, 160)),
        ((1, 512, 512), (1.0, 1.0, 1.0), (1, 160, 160)),
        ((1, 512, 256), (90.0, 1.0, 1.0), (1, 160, 80)),
        ((1, 100, 80), (0.1, 1.0, 1.0), (1, 100, 80)),
        ((1, 1, 1), (2.0, 1.0, 1.0), (1, 1, 1)),
    ],
)
def test_isotropic_and_at_most_160(shape, voxel_size_um, working_shape):
    assert WorkingGrid.of(shape, voxel_size_um).working_shape == working_shape


def test_averaging_keeps_the_mean_and_whole_blocks():
    data = np.random.default_rng(0).random((12, 30, 20))
    grid = WorkingGrid((12, 30, 20), (6, 10, 5))
    blocks = data.reshape(6, 2, 10, 3, 5, 4).mean(axis=(1, 3, 5))
    assert grid.average(data) == pytest.approx(blocks, abs=1e-6)
    uneven = WorkingGrid((12, 30, 20), (5, 7, 9)).average(data)
    assert uneven.mean() == pytest.approx(data.mean(), abs=1e-6)


def test_a_ramp_survives_down_and_up_away_from_the_border():
    ramp = np.add.outer(np.add.outer(2.0 * np.arange(30), -1.0 * np.arange(45)), 0.5 * np.arange(36))
    grid = WorkingGrid((30, 45, 36), (15, 15, 18))
    back = grid.interpolate(torch.from_numpy(grid.average(ramp))[None], 0, 30)[0].numpy()
    assert back[3:-3, 3:-3, 3:-3] == pytest.approx(ramp[3:-3, 3:-3, 3:-3], abs=1e-3)


def test_slabs_are_the_whole():
    grid = WorkingGrid((20, 30, 25), (9, 13, 11))
    values = torch.rand(2, 9, 13, 11, generator=torch.Generator().manual_seed(0))
    whole = grid.interpolate(values, 0, 20)
    parts = torch.cat([grid.interpolate(values, start, min(start + 7, 20)) for start in range(0, 20, 7)], dim=1)
    assert torch.allclose(whole, parts, atol=1e-6)


def test_coarse_axis_is_interpolated_linearly():
    grid = WorkingGrid((4, 6, 6), (16, 6, 6))
    ramp = np.broadcast_to(np.arange(4.0)[:, None, None], (4, 6, 6))
    expected = np.clip((np.arange(16) + 0.5) / 4 - 0.5, 0, 3)
    assert grid.average(ramp)[:, 2, 3] == pytest.approx(expected, abs=1e-6)


def test_labels_follow_the_majority():
    labels = np.zeros((4, 4, 4), dtype=np.uint8)
    labels[:2, :2, :2] = 3
    labels[0, 0, 0] = 1
    labels[2:, 2:, 3] = 2  # half of a block: a tie with air
    small = WorkingGrid((4, 4, 4), (2, 2, 2)).majority(labels, 5)
    assert small[0, 0, 0] == 3
    assert small[1, 1, 1] == 0
    assert np.count_nonzero(small) == 1


@pytest.mark.parametrize(
    ("shape", "voxel_size_um", "working_shape"),
    [
        ((1, 900, 400), (1.0, 1.0, 1.0), (1, 192, 85)),
        ((5, 100, 120), (0.1, 1.0, 1.0), (5, 100, 120)),
        ((7, 400, 300), (8.0, 1.0, 2.0), (7, 128, 192)),
        ((300, 10, 10), (1.0, 1.0, 1.0), (300, 10, 10)),
    ],
)
def test_of_slices_it_is_isotropic_in_plane_and_the_volumes_own_along_z(shape, voxel_size_um, working_shape):
    assert WorkingGrid.of_slices(shape, voxel_size_um, 192).working_shape == working_shape


def overlaps(count: int, working: int) -> np.ndarray:
    """Share of each source voxel in each target voxel of an axis that is cut into fewer."""
    edges = np.arange(working + 1) * count / working
    sources = np.arange(count)
    inside = np.minimum(edges[1:, None], sources + 1) - np.maximum(edges[:-1, None], sources)
    return np.clip(inside, 0, None) * working / count


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", "f2", "u1", "i2", ">u2", "i4", "?"])
def test_means_of_any_type_of_numbers_are_those_of_the_overlaps(dtype):
    shape, working = (9, 14, 11), (4, 5, 3)
    data = (40 * np.random.default_rng(0).random(shape)).astype(dtype)
    z, y, x = (overlaps(count, fewer) for count, fewer in zip(shape, working, strict=True))
    expected = np.einsum("az,by,cx,zyx->abc", z, y, x, data.astype(float))
    grid = WorkingGrid(shape, working)
    np.testing.assert_allclose(grid.average(data), expected, rtol=1e-6)
    # As a layer shows it flipped and turned.
    turned = np.asfortranarray(data)[::-1]
    np.testing.assert_allclose(grid.average(turned), grid.average(np.ascontiguousarray(turned)), rtol=0)


def test_a_volume_may_be_mapped_from_a_file_and_refuse_writing(tmp_path):
    data = np.random.default_rng(1).random((20, 16, 12)).astype(np.float32)
    np.save(tmp_path / "volume.npy", data)
    grid = WorkingGrid(data.shape, (7, 6, 5))
    mapped = np.load(tmp_path / "volume.npy", mmap_mode="r")
    assert np.array_equal(grid.average(mapped), grid.average(data))


def test_neither_threads_nor_slabs_change_a_byte_of_the_means(monkeypatch):
    from napari_crystalseg.segmentation.grids import working_grid

    data = np.random.default_rng(2).random((40, 30, 20)).astype(np.float32)
    grid, before = WorkingGrid(data.shape, (13, 11, 9)), torch.get_num_threads()
    expected = grid.average(data)
    heard = []
    monkeypatch.setattr(working_grid, "_SLAB_VOXELS", 4000)
    try:
        torch.set_num_threads(3)
        again = grid.average(data, lambda share, said: heard.append(share))
    finally:
        torch.set_num_threads(before)
    assert expected.tobytes() == again.tobytes()
    assert len(heard) > 3 and heard == sorted(heard)


def test_nan_spoils_the_means_that_it_is_part_of_and_no_others():
    data = np.ones((8, 8, 8), dtype=np.float32)
    data[5, 2, 7] = np.nan
    found = WorkingGrid(data.shape, (4, 4, 4)).average(data)
    assert np.argwhere(np.isnan(found)).tolist() == [[2, 1, 3]]
    assert np.nanmax(found) == np.nanmin(found) == 1
