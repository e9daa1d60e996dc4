"""Labels of a GPU are those of the processor."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.segmentation import bundled_model, scores, segment
from napari_crystalseg.segmentation.model_folders.model_folder import bundled_guided_model
from napari_crystalseg.volume import Volume

torch = pytest.importorskip("torch", reason="PyTorch is not installed here.")
networks = pytest.importorskip("dynamic_network_architectures", reason="nnU-Net's networks are not installed here.")


def sample_volume() -> Volume:
    return open_volume(sample_data_folder() / "simulated_volume.tif")


def alike(one, other) -> float:
    return float((np.asarray(one) == np.asarray(other)).mean())


def test_scores_of_the_network_are_those_of_the_processor(cuda):
    network = bundled_model().network()
    z, y, x = np.ogrid[:48, :64, :48]
    away = (z - 24) ** 2 + (y - 30) ** 2 + (x - 23) ** 2
    values = (away < 400) + 0.1 * (away < 120) + np.random.default_rng(0).normal(0, 0.03, away.shape)
    shown = torch.from_numpy(values.astype(np.float32))[None, None]
    with torch.inference_mode():
        here = network(shown)
        there = network.to(cuda)(shown.to(cuda)).cpu()
    assert here.shape == there.shape == (1, 5, 48, 64, 48)
    assert float((here - there).abs().mean()) < 1e-3 * float(here.std())
    assert alike(here.argmax(1), there.argmax(1)) > 0.999


def test_labels_of_the_sample_are_those_of_the_processor(cuda, on_processor):
    volume = sample_volume()
    with on_processor():
        here = segment(volume, mirror=False)
    there = segment(volume, mirror=False)
    assert alike(here.labels.data, there.labels.data) >= 0.999
    assert np.abs(here.uncertainty.astype(int) - there.uncertainty).mean() < 0.5


def test_labels_of_the_sample_are_the_true_ones(cuda):
    volume = sample_volume()
    plain, told = segment(volume), segment(volume, keep_probabilities=True)
    found = scores(plain.labels, open_labels(sample_data_folder() / "simulated_labels.tif"))["classes"]
    assert [found[name]["dice"] > least for name, least in (("crystal", 0.9), ("liquor", 0.93), ("loop", 0.84))] == [
        True
    ] * 3
    assert alike(plain.labels.data, told.labels.data) > 0.9999
    probabilities = told.probabilities.slab(40, 42)
    np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)
    assert told.probabilities.spread_slab(40, 42).max() > 0.01


def test_slices_are_those_of_the_processor(cuda, on_processor):
    volume = sample_volume()
    thin = Volume(np.asarray(volume.data[58:60]), volume.voxel_size_um)
    with on_processor():
        here = segment(thin, mirror=False)
    assert alike(here.labels.data, segment(thin, mirror=False).labels.data) >= 0.999


def test_guided_probabilities_are_those_of_the_processor(cuda, on_processor):
    from napari_crystalseg.segmentation.guidance.guided_network import GuidedNetwork
    from napari_crystalseg.segmentation.guidance.marks import Mark
    from napari_crystalseg.segmentation.guidance.working_values import WorkingValues

    volume = sample_volume()
    values = WorkingValues.of(volume.data, volume.voxel_size_um, 64).voxel_values[:48, :50, :46]
    guided = GuidedNetwork(bundled_guided_model())
    marks = (Mark((24, 25, 23), 3), Mark((4, 4, 4), 0))
    with on_processor():
        here = guided.see(values, marks)
    there = guided.see(values, marks)
    np.testing.assert_allclose(there.sum(0), 1, atol=1e-3)
    # The processor computes in bfloat16 here, of eight bits.
    assert np.abs(here - there).mean() < 0.02
    assert alike(here.argmax(0), there.argmax(0)) > 0.98
