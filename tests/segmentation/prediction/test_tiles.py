from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.computing.torchvision_operators import provide_missing_operators
from napari_crystalseg.segmentation.prediction.tiles import blending_weights, tile_about, tiles


@pytest.mark.parametrize("shape", [(16, 16, 16), (17, 40, 33), (128, 20, 81)])
def test_every_voxel_is_seen(shape):
    seen = np.zeros(shape, dtype=int)
    for tile in tiles(shape, (16, 16, 16)):
        assert seen[tile].shape == (16, 16, 16)
        seen[tile] += 1
    assert seen.min() >= 1


def test_tile_smaller_grids_have_one_tile():
    assert tiles((16, 16, 16), (16, 16, 16)) == [(slice(0, 16),) * 3]


def test_blended_constant_is_constant():
    shape, size = (20, 37, 16), (16, 16, 16)
    total, weight_sum = np.zeros(shape), np.zeros(shape)
    for tile in tiles(shape, size):
        total[tile] += 7.0 * blending_weights(size)
        weight_sum[tile] += blending_weights(size)
    assert total / weight_sum == pytest.approx(np.full(shape, 7.0), rel=1e-6)


def test_same_places_and_weights_as_nnunet():
    provide_missing_operators()
    import torch
    from nnunetv2.inference.sliding_window_prediction import compute_gaussian, compute_steps_for_sliding_window

    steps = compute_steps_for_sliding_window((50, 81, 32), (32, 32, 32), 0.5)
    ours = tiles((50, 81, 32), (32, 32, 32))
    for axis in range(3):
        assert sorted({tile[axis].start for tile in ours}) == steps[axis]
    theirs = compute_gaussian((32, 16, 32), 1 / 8, 1, torch.float32, torch.device("cpu")).numpy()
    assert blending_weights((32, 16, 32)) == pytest.approx(theirs, abs=2e-4)


def test_a_tile_holds_the_box_and_can_be_halved():
    assert tile_about((1, 48, 49), 16) == (48, 48, 64)
