"""A network run over the box that holds the sample."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.segmentation.engines.torch_engine import TorchEngine
from napari_crystalseg.segmentation.prediction.sample_prediction import predict_sample
from napari_crystalseg.segmentation.prediction.tile_prediction import predict_logits


def test_only_the_samples_box_is_looked_at(tiny_model):
    voxel_values = np.zeros((60, 56, 64), dtype=np.float32)
    voxel_values[21:35, 23:37, 25:39] = 1  # smoothed and with the margin 24 voxels long: one tile
    engine = TorchEngine(tiny_model.network())
    found = predict_sample(voxel_values, engine, tiny_model.patch_size, 8).numpy()
    box = (slice(16, 40), slice(18, 42), slice(20, 44))
    assert np.array_equal(found[:, *box], predict_logits(voxel_values[box], engine, (24, 24, 24)).numpy())
    found[:, *box] = 0
    assert set(np.unique(found[0])) == {0, 30}
    assert not found[1:].any()
