from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.segmentation import ModelFolder, segment
from napari_crystalseg.segmentation.engines.choice import engine_of_refiner
from napari_crystalseg.segmentation.model_folders.model_folder import REFINER
from napari_crystalseg.segmentation.model_folders.refiner import Refiner
from napari_crystalseg.segmentation.networks.refinement_network import RefinementNetwork
from napari_crystalseg.segmentation.postprocessing.physics import Physics
from napari_crystalseg.segmentation.segmentation_cost import SegmentationCost
from napari_crystalseg.volume import Volume

FEATURES = (4, 8, 8)
UNTOUCHED = Physics(enclosed_air=False, crystals="all")


@pytest.fixture(scope="module")
def refined_model(tiny_model, tmp_path_factory):
    """The tiny model with a refiner as it is before its training, which changes nothing."""
    folder = shutil.copytree(tiny_model.path, tmp_path_factory.mktemp("refined") / "model")
    (folder / REFINER).parent.mkdir()
    torch.manual_seed(0)
    Refiner((0, 1, 2, 3, 4), FEATURES, RefinementNetwork(5, FEATURES).state_dict()).save(folder / REFINER)
    return ModelFolder(folder)


def volume(shape, voxel_size_um=0.5):
    voxel_values = np.random.default_rng(0).normal(0, 0.1, shape)
    voxel_values[tuple(slice(length // 4, max(length - length // 4, 1)) for length in shape)] += 1
    return Volume(voxel_values.astype(np.float32), voxel_size_um)


@pytest.mark.parametrize(
    ("shape", "voxel_size_um"), [((40, 33, 51), 0.5), ((9, 16, 40), (2.0, 1.0, 1.0)), ((1, 30, 30), 1.0)]
)
def test_both_stages_are_recorded_and_one_that_changes_nothing_leaves_the_labels(refined_model, shape, voxel_size_um):
    given = volume(shape, voxel_size_um)
    first = segment(given, refined_model, physics=UNTOUCHED, keep_probabilities=True, refine=False)
    second = segment(given, refined_model, physics=UNTOUCHED)
    # A model of four steps leaves many voxels all but undecided, of which bf16 makes this or that.
    ordered = np.sort(first.probabilities.slab(0, shape[0]), axis=0)
    decided = ordered[-1] - ordered[-2] > 0.04
    assert decided.mean() > 0.2
    assert (first.labels.data == second.labels.data)[decided].mean() > (
        0.99 if voxel_size_um != (2.0, 1.0, 1.0) else 0.95  # whose levels are finer along z, and averaged again
    )
    assert second.uncertainty.dtype == np.uint8 and second.uncertainty.max() <= 204
    step = second.labels.provenance.steps[-1]
    assert step["refiner_sha256"] == refined_model.refiner.sha256
    assert {"shape", "blocks", "visited", "rounds"} == step["refined_levels"][-1].keys()
    assert "refiner_sha256" not in first.labels.provenance.steps[-1]


def test_refining_can_be_cancelled(refined_model):
    def stop(fraction, message):
        if message.startswith("refining"):
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        segment(volume((40, 33, 51)), refined_model, progress=stop)


def test_progress_rises_to_1(refined_model):
    told = []
    segment(volume((40, 33, 51)), refined_model, progress=lambda fraction, message: told.append(fraction))
    assert told == sorted(told) and told[-1] == 1.0


def test_a_damaged_refiner_is_refused_before_the_coarse_network_runs(refined_model, tmp_path):
    folder = shutil.copytree(refined_model.path, tmp_path / "broken")
    (folder / REFINER).write_bytes(b"PK damaged")
    told = []
    with pytest.raises(InputError, match=r"refiner\.pth"):
        segment(volume((16, 16, 16)), ModelFolder(folder), progress=lambda fraction, message: told.append(fraction))
    assert max(told, default=0) <= 0.08


def test_the_engines_agree(refined_model):
    pytest.importorskip("openvino")
    torch.manual_seed(1)
    network = RefinementNetwork(5, FEATURES)
    torch.nn.init.normal_(network.scores.weight, 0, 0.05)
    refiner = Refiner((0, 1, 2, 3, 4), FEATURES, network.state_dict())
    batch = torch.cat([torch.randn(2, 1, 16, 24, 16), torch.softmax(3 * torch.randn(2, 5, 16, 24, 16), 1)], 1)
    with torch.inference_mode():
        exact = refiner.network()(batch).softmax(1)
    for name in ("torch", "openvino"):
        found = engine_of_refiner(refiner, name).scores(batch).softmax(1)
        torch.testing.assert_close(found, exact, atol=0.03, rtol=0)
        assert (found - exact).abs().mean() < 3e-3


def test_what_it_takes_is_said_with_the_refiner_and_without(refined_model, tiny_model):
    given = volume((64, 64, 64))
    both = SegmentationCost.of(given, refined_model)
    first = SegmentationCost.of(given, refined_model, refine=False)
    assert first == SegmentationCost.of(given, tiny_model)
    assert both.seconds > first.seconds
    assert both.nbytes - first.nbytes == 2 * 64**3
