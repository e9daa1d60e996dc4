"""What a step learns from: both streams in their shares, whole samples, and channels left out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.segmentation.networks.contrast import CHANNELS
from napari_crystalseg.segmentation.streams.dataset import CaseDataset, prepare
from napari_crystalseg.segmentation.streams.streams import DROPPED_SHARE, Streams, Waiting
from napari_crystalseg.segmentation.streams.synthesis import LabelPool

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def cases(tiny_cases, tmp_path_factory) -> CaseDataset:
    folder = tmp_path_factory.mktemp("prepared")
    return CaseDataset(str(folder), prepare(tiny_cases, folder, (16,)))


@pytest.fixture(scope="module")
def pool(tiny_labels) -> LabelPool:
    return LabelPool(tiny_labels)


def test_the_share_of_painted_samples_is_what_was_asked_for(cases, pool):
    streams = Streams(seed=1, coarsest_voxels=8, pool=pool, painted_share=0.6)
    patches = [patch for step in range(150) for patch in streams.draw(step, cases, 16, 2, 0.0).patches]
    painted = np.mean([isinstance(patch, Waiting) for patch in patches])
    assert painted == pytest.approx(0.6, abs=3 * np.sqrt(0.24 / len(patches)))


def test_without_cases_all_is_painted_and_without_label_maps_nothing(cases, pool):
    painted = Streams(seed=1, coarsest_voxels=8, pool=pool, painted_share=0.0).draw(0, None, 16, 4, 0.0)
    assert all(isinstance(patch, Waiting) for patch in painted.patches)
    simulated = Streams(seed=1, coarsest_voxels=8).draw(0, cases, 16, 4, 0.0)
    assert not any(isinstance(patch, Waiting) for patch in simulated.patches)


def test_a_batch_holds_whole_samples_on_tiles_that_the_network_can_halve(cases, pool):
    streams = Streams(seed=2, coarsest_voxels=8, pool=pool, painted_share=0.5)
    for step in range(12):
        voxel_values, labels, kept = streams.put_together(streams.draw(step, cases, 16, 2, 0.0), CPU)
        assert voxel_values.shape == labels.shape
        assert (voxel_values.dtype, labels.dtype, kept.shape) == (torch.float32, torch.uint8, (2, CHANNELS))
        assert all(length % 8 == 0 for length in voxel_values.shape[2:])
        assert bool(torch.isfinite(voxel_values).all())


def test_same_seed_and_step_same_bytes(cases, pool):
    streams = Streams(seed=3, coarsest_voxels=8, pool=pool, painted_share=0.5)
    for step in range(4):
        one, other = (streams.put_together(streams.draw(step, cases, 16, 2, 0.0), CPU) for _ in range(2))
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_what_is_painted_does_not_follow_from_whether_it_is(cases, pool):
    # NumPy takes the seeds (3, 5) and (3, 5, 0) for the same.
    streams, firsts = Streams(seed=3, coarsest_voxels=8, pool=pool, painted_share=0.5), []
    for step in range(300):
        (patch,) = streams.draw(step, cases, 16, 1, 0.0).patches
        if isinstance(patch, Waiting):
            firsts.append(patch.rng.random())
    assert np.mean(firsts) == pytest.approx(0.5, abs=4 / np.sqrt(12 * len(firsts)))


def test_half_of_the_samples_are_shown_some_channels_only_and_none_is_shown_nothing(cases):
    streams = Streams(seed=4, coarsest_voxels=8)
    kept = np.concatenate([streams.draw(step, cases, 16, 2, 0.0).kept for step in range(300)])
    assert kept.any(axis=1).all()
    # Of those with some left out, about 6 % lose none by chance.
    assert np.mean(~kept.all(axis=1)) == pytest.approx(DROPPED_SHARE * 0.94, abs=0.07)
    assert Streams(seed=4, coarsest_voxels=8, dropped_share=0.0).draw(0, cases, 16, 3, 0.0).kept.all()
