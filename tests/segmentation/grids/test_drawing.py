"""Class probabilities on coarse grids drawn onto the grid of the volume."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_crystalseg.segmentation.grids import drawing
from napari_crystalseg.segmentation.grids.class_probabilities import ClassProbabilities
from napari_crystalseg.segmentation.grids.drawing import draw_labels
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid


def random_probabilities(shape, *working, codes=(0, 1, 2, 3, 4), seed=0) -> ClassProbabilities:
    random = np.random.default_rng(seed)
    values = [random.random((len(codes), *one)).astype(np.float32) ** 3 for one in working]
    values = tuple(one / one.sum(0) for one in values)
    grids = tuple(WorkingGrid(shape, one) for one in working)
    return ClassProbabilities(grids, values, tuple(np.zeros(one, np.float32) for one in working), codes)


@pytest.mark.parametrize("working", [[(7, 5, 9)], [(20, 13, 31)], [(1, 4, 4), (6, 13, 8)], [(40, 20, 50)]])
def test_each_voxel_has_the_class_of_the_greatest_interpolated_probability(working):
    probabilities = random_probabilities((20, 13, 31), *working)
    labels, winning = draw_labels(probabilities)
    expected = probabilities.slab(0, 20)
    assert labels.dtype == winning.dtype == np.uint8
    ranked = np.sort(expected, axis=0)
    clear = ranked[-1] - ranked[-2] > 1e-5
    assert clear.mean() > 0.99
    assert np.array_equal(labels[clear], expected.argmax(0)[clear])
    assert np.abs(winning - 255 * ranked[-1]).max() < 0.51


def test_codes_are_those_of_the_model_and_the_first_of_equal_classes_wins():
    half = np.full((3, 2, 2, 2), 1 / 3, dtype=np.float32)
    grid = WorkingGrid((4, 4, 4), (2, 2, 2))
    labels, winning = draw_labels(ClassProbabilities((grid,), (half,), (half[0] * 0,), (1, 3, 0)))
    assert set(labels.ravel()) == {1} and set(winning.ravel()) == {85}
    half[2] = 0.5
    labels, _ = draw_labels(ClassProbabilities((grid,), (half,), (half[0] * 0,), (1, 3, 0)))
    assert set(labels.ravel()) == {0}


def test_neither_threads_nor_slabs_change_a_byte(monkeypatch):
    probabilities = random_probabilities((23, 19, 17), (8, 7, 6), seed=4)
    expected, before, heard = draw_labels(probabilities), torch.get_num_threads(), []
    monkeypatch.setattr(drawing, "_SLAB_VOXELS", 2000)
    try:
        torch.set_num_threads(3)
        again = draw_labels(probabilities, lambda share, said: heard.append(share))
    finally:
        torch.set_num_threads(before)
    assert all(one.tobytes() == other.tobytes() for one, other in zip(expected, again, strict=True))
    assert len(heard) > 3
