"""What a segmentation will take, judged before it is begun."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation import segment
from napari_crystalseg.segmentation.segmentation_cost import SegmentationCost
from napari_crystalseg.volume import Volume


def volume(size: int) -> Volume:
    """Of one value, which takes no memory."""
    return Volume(np.broadcast_to(np.float32(1.0), (size, size, size)), 0.5)


def test_labels_and_uncertainty_are_two_bytes_a_voxel_and_the_network_is_that_of_its_grid(tiny_model):
    small, large = (SegmentationCost.of(volume(size), tiny_model) for size in (64, 128))
    assert (small.result_bytes, large.result_bytes) == (2 * 64**3, 2 * 128**3)
    assert small.network_bytes == large.network_bytes
    assert large.nbytes - small.nbytes == 2 * (128**3 - 64**3)
    assert large.seconds > small.seconds
    alone = SegmentationCost.of(volume(128), tiny_model, mirror=False)
    assert alone.seconds < large.seconds
    assert large.sentence.startswith("About ") and "GB" in large.sentence


def test_too_little_memory_is_refused_with_what_would_fit(tiny_model, monkeypatch):
    cost = SegmentationCost((1024, 1024, 1024), 60.0, 2 * 1024**3, 10**9)
    free = {"bytes": 2 * 10**9}
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free["bytes"]))
    monkeypatch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(free=0))
    # 2.1 GB of labels and uncertainty for 1 GB beside the network: half as long along each side.
    with pytest.raises(InputError, match=r"takes 3\.15 GB .* 2 GB are free; .* average 2 × 2 × 2 voxels"):
        cost.check()
    free["bytes"] = 4 * 10**9
    cost.check()
    free["bytes"] = 10**8
    with pytest.raises(InputError, match=r"0\.1 GB are free; close other programs\.$"):
        cost.check()
    heard: list[str] = []
    with pytest.raises(InputError, match="takes"):
        segment(volume(8), tiny_model, progress=lambda share, said: heard.append(said))
    assert not heard


def test_levels_of_cubes_are_counted_where_voxels_are_none():
    model = SimpleNamespace(
        sees_slices=False, working_sizes=(96,), mirror_axes=(), patch_size=(96, 96, 96), has_refiner=True
    )
    data = np.broadcast_to(np.float32(1.0), (8, 128, 128))
    flat, cubes = (SegmentationCost.of(Volume(data, size), model) for size in ((20.0, 1.0, 1.0), (1.0, 1.0, 1.0)))
    assert cubes.result_bytes == 4 * data.size
    assert flat.result_bytes == 2 * data.size + 4 * 160 * 128 * 128
    assert flat.seconds > cubes.seconds
