"""A network run over voxel values tile by tile."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.computing.torchvision_operators import provide_missing_operators
from napari_crystalseg.segmentation.engines.torch_engine import TorchEngine
from napari_crystalseg.segmentation.prediction.tile_prediction import predict_logits


@pytest.mark.parametrize("mirror", [False, True])
def test_agrees_with_nnunets_own_predictor(tiny_model, mirror):
    provide_missing_operators()
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(
        tile_step_size=0.5,
        use_gaussian=True,
        use_mirroring=mirror,
        perform_everything_on_device=False,
        device=torch.device("cpu"),
        allow_tqdm=False,
    )
    predictor.initialize_from_trained_model_folder(str(tiny_model.path), (0,))
    voxel_values = np.random.default_rng(1).normal(0.5, 1, (27, 14, 40)).astype(np.float32)
    theirs = predictor.predict_logits_from_preprocessed_data(torch.from_numpy(voxel_values)[None]).float().numpy()
    ours = predict_logits(
        voxel_values,
        TorchEngine(tiny_model.network(), low_precision=False),
        tiny_model.patch_size,
        mirror_axes=(0, 1, 2) if mirror else (),
    ).numpy()
    # It adds tiles up in half precision, which leaves little of the weights at the outermost corners.
    close = np.abs(ours - theirs) < 0.02 * np.abs(theirs).max()
    assert close.mean() > 0.995
    assert close[:, 2:-2, 2:-2, 2:-2].all()
    labels = predictor.predict_single_npy_array(voxel_values[None], {"spacing": [1.0, 1.0, 1.0]})
    assert np.mean(labels == ours.argmax(0)) > 0.99
