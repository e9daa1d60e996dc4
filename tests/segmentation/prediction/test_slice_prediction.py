"""A network run over each slice by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.computing.torchvision_operators import provide_missing_operators
from napari_crystalseg.segmentation.engines.torch_engine import TorchEngine
from napari_crystalseg.segmentation.networks.slice_network import SliceNetwork
from napari_crystalseg.segmentation.prediction.slice_prediction import predict_slices


def test_beyond_the_field_its_outermost_pixels_go_on(tiny_slice_model):
    network = tiny_slice_model.network()
    voxel_values = np.random.default_rng(0).random((2, 5, 20)).astype(np.float32)
    engine = TorchEngine(SliceNetwork(network), low_precision=False)
    found = predict_slices(voxel_values, engine, (1, 24, 24), 4)
    assert found.shape == (5, 2, 5, 20)
    held = np.pad(voxel_values, ((0, 0), (3, 4), (0, 0)), mode="edge")
    with torch.inference_mode():
        expected = network(torch.from_numpy(held)[:, None]).movedim(1, 0)[:, :, 3:-4]
    assert torch.allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("mirror", [False, True])
def test_agrees_with_nnunets_own_predictor(tiny_slice_model, mirror):
    provide_missing_operators()
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(
        tile_step_size=0.5,
        use_gaussian=True,
        use_mirroring=mirror,
        perform_everything_on_device=False,
        device=torch.device("cpu"),
        allow_tqdm=False,
    )
    predictor.initialize_from_trained_model_folder(str(tiny_slice_model.path), (0,))
    voxel_values = np.random.default_rng(1).normal(0.5, 1, (3, 14, 40)).astype(np.float32)
    theirs = predictor.predict_logits_from_preprocessed_data(torch.from_numpy(voxel_values)[None]).float().numpy()
    axes = tiny_slice_model.mirror_axes if mirror else ()
    engine = TorchEngine(SliceNetwork(tiny_slice_model.network()), low_precision=False)
    ours = predict_slices(voxel_values, engine, tiny_slice_model.patch_size, None, mirror_axes=axes).numpy()
    # It adds tiles up in half precision, which leaves little of the weights at the outermost corners.
    close = np.abs(ours - theirs) < 0.02 * np.abs(theirs).max()
    assert close.mean() > 0.995
    assert close[:, :, 2:-2, 2:-2].all()
    labels = predictor.predict_single_npy_array(voxel_values[None], {"spacing": [1.0, 1.0, 1.0]})
    assert np.mean(labels == ours.argmax(0)) > 0.99
