"""Networks run by OpenVINO say what they say in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.io import open_volume
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.segmentation import bundled_model, segment
from napari_crystalseg.segmentation.engines.openvino_engine import OpenVinoEngine
from napari_crystalseg.segmentation.engines.torch_engine import TorchEngine
from napari_crystalseg.segmentation.networks.slice_network import SliceNetwork
from napari_crystalseg.volume import Volume

pytest.importorskip("openvino", reason="OpenVINO is not installed here.")


def sample() -> Volume:
    return open_volume(sample_data_folder() / "simulated_volume.tif")


def noisy_part() -> Volume:
    """A part of the sample, turned, of other lengths, in coarser slices and with more noise."""
    data = np.asarray(sample().data)[8:88:2, 6:94, 10:90].transpose(0, 2, 1)[:, ::-1]
    noise = np.random.default_rng(3).normal(0, 0.1 * data.std(), data.shape)
    return Volume((data + noise).astype(np.float32), (2.0, 1.0, 1.0))


@pytest.mark.parametrize("volume", [sample, noisy_part])
def test_the_engines_agree_on_the_labels_of_the_bundled_model(volume):
    given = volume()
    here, there = (segment(given, engine=name) for name in ("torch", "openvino"))
    assert here.labels.provenance.steps[-1]["engine"].startswith("torch")
    assert there.labels.provenance.steps[-1]["engine"].startswith("openvino")
    assert np.mean(here.labels.data == there.labels.data) >= 0.999
    assert np.abs(here.uncertainty.astype(int) - there.uncertainty).mean() < 0.5
    assert (there.labels.data == 3).any()


def test_scores_in_full_precision_are_those_of_torch(tmp_path):
    network = bundled_model().network()
    shown = torch.from_numpy(np.random.default_rng(0).normal(0.5, 0.4, (1, 1, 48, 64, 80)).astype(np.float32))
    expected = TorchEngine(network, low_precision=False).scores(shown)
    engine = OpenVinoEngine(network, "a", low_precision=False, cache=tmp_path)
    found = engine.scores(shown)
    assert found.shape == expected.shape == (1, 5, 48, 64, 80)
    assert float((found - expected).abs().max()) < 1e-3 * float(expected.std())
    # Another shape, without converting again, and what was given before stays as it was.
    kept = found.clone()
    assert engine.scores(shown[:, :, :, :48, :48]).shape == (1, 5, 48, 48, 48)
    assert torch.equal(found, kept)


def test_what_is_shown_of_a_mirror_image_is_the_mirror_image_of_what_is_shown(tmp_path):
    network = bundled_model().network()
    engine = TorchEngine(network, low_precision=False)
    z, y, x = np.ogrid[:32, :48, :48]
    ball = ((z - 14) ** 2 + (y - 20) ** 2 + (x - 26) ** 2 < 150) + 0.1 * ((z - 12) ** 2 + (y - 20) ** 2 + x**2 < 700)
    values = torch.from_numpy(ball + np.random.default_rng(1).normal(0, 0.05, ball.shape)).float()[None, None]
    for axes in ([2], [3, 4], [2, 3, 4]):
        there = engine.shown(torch.flip(values, axes))
        assert torch.allclose(there, torch.flip(engine.shown(values), axes), atol=2e-3)


def test_a_network_of_slices_sees_a_slice(tiny_slice_model, tmp_path):
    network = SliceNetwork(tiny_slice_model.network())
    shown = torch.from_numpy(np.random.default_rng(2).normal(0.5, 1, (1, 1, 1, 24, 40)).astype(np.float32))
    found = OpenVinoEngine(network, "b", low_precision=False, cache=tmp_path).scores(shown)
    expected = TorchEngine(network, low_precision=False).scores(shown)
    assert found.shape == expected.shape == (1, 5, 1, 24, 40)
    assert torch.allclose(found, expected, atol=1e-3)


def test_a_batch_of_several_and_several_channels(tmp_path):
    layers = torch.nn.Sequential(torch.nn.Conv3d(3, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv3d(4, 2, 1)).eval()
    shown = torch.rand((5, 3, 8, 12, 10), generator=torch.Generator().manual_seed(0))
    found = OpenVinoEngine(layers, "c", 3, low_precision=False, cache=tmp_path).scores(shown)
    with torch.inference_mode():
        assert torch.allclose(found, layers(shown), atol=1e-4)


def test_it_takes_as_many_threads_as_torch_has(tmp_path):
    before, layers = torch.get_num_threads(), torch.nn.Conv3d(1, 2, 1).eval()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            engine = OpenVinoEngine(layers, "d", cache=tmp_path)
            assert engine._compiled.get_property("INFERENCE_NUM_THREADS") == threads
    finally:
        torch.set_num_threads(before)
