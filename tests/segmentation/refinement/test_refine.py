from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.progress import silent
from napari_crystalseg.segmentation.engines.engine import Engine
from napari_crystalseg.segmentation.engines.torch_engine import TorchEngine
from napari_crystalseg.segmentation.grids.class_probabilities import ClassProbabilities
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid
from napari_crystalseg.segmentation.model_folders.refiner import Refiner
from napari_crystalseg.segmentation.networks.refinement_network import RefinementNetwork
from napari_crystalseg.segmentation.refinement.band import CORE_VOXELS
from napari_crystalseg.segmentation.refinement.refine import refine_surfaces
from napari_crystalseg.volume import Volume

_FEATURES = (4, 4, 4)


@pytest.fixture(scope="module")
def refiner():
    torch.manual_seed(0)
    return Refiner((0, 3), _FEATURES, RefinementNetwork(2, _FEATURES).state_dict())


def _ball(shape, radius, voxel=(1, 1, 1), shift=0.0):
    """Whether voxels lie in a ball about the middle of the field, ``shift`` further along x (the unit of the voxel)."""
    z, y, x = (
        (np.arange(n) - (n - 1) / 2).reshape([-1 if a == b else 1 for b in range(3)]) * v
        for a, (n, v) in enumerate(zip(shape, voxel, strict=True))
    )
    return z**2 + y**2 + (x - shift) ** 2 <= radius**2


def _coarse(shape, voxel, longest, inside, blur=1.0):
    grid = WorkingGrid.of(shape, voxel, longest)
    share = gaussian_filter(grid.average(inside.astype(np.float32)), blur)
    probabilities = np.stack([1 - share, share]).astype(np.float32)
    return ClassProbabilities((grid,), (probabilities,), (np.zeros(grid.working_shape, np.float32),), (0, 3))


class _Function(Engine):
    """A function of arrays in the place of a network."""

    name = "function"
    device = torch.device("cpu")

    def __init__(self, function):
        self._function = function

    def shown(self, batch):
        return batch

    def scores_of(self, shown):
        return torch.from_numpy(np.ascontiguousarray(self._function(shown.numpy()), dtype=np.float32))


def refine(volume, coarse, refiner, function, progress=silent):
    return refine_surfaces(volume, coarse, refiner, _Function(function), progress)


def _changes_nothing(batch):
    return np.log(batch[:, 1:] + 1e-6)


def _reads_values(batch):
    """What a network says that takes all above half of the sample's level for crystal, however it was fed."""
    crystal = 20 * (batch[:, 0] - 0.5)
    return np.stack([-crystal, crystal], 1)


@pytest.mark.parametrize(
    ("shape", "voxel"), [((96, 96, 96), (1, 1, 1)), ((75, 90, 101), (1, 1, 1)), ((40, 100, 100), (2.5, 1, 1))]
)
def test_a_displaced_ball_is_brought_back_to_the_voxel(refiner, shape, voxel):
    truth = _ball(shape, 30.3, voxel)
    noise = np.random.default_rng(0).normal(
        0.2, 0.01, shape
    )  # or a ball in air of one value is taken for a mask's disc
    volume = Volume((truth + noise).astype(np.float32), voxel)
    displaced = _coarse(shape, voxel, 40, _ball(shape, 27.0, voxel, shift=4.0))
    found = refine(volume, displaced, refiner, _reads_values)
    wrong = (found.labels == 3) != truth
    # Along axes of long voxels the levels interpolate what the volume holds, and average it again.
    assert wrong.mean() < (0 if voxel == (1, 1, 1) else 2e-3) + 1e-9
    before = displaced.slab(0, shape[0]).argmax(0) == 3
    assert (before != truth).mean() > 0.02
    assert found.certainty[truth & ~wrong].min() > 128


def test_a_network_that_changes_nothing_leaves_the_surface_of_the_interpolated_probabilities(refiner):
    shape = (80, 80, 80)
    inside = _ball(shape, 25)
    coarse = _coarse(shape, (1, 1, 1), 40, inside)
    found = refine(Volume(inside.astype(np.float32), 1.0), coarse, refiner, _changes_nothing)
    expected = coarse.slab(0, 80)
    differs = (found.labels == 3) != (expected.argmax(0) == 3)
    # Bytes round probabilities to 1/255: only voxels next to a tie may differ.
    assert np.abs(expected[3] - 0.5)[differs].max(initial=0) < 0.01
    np.testing.assert_allclose(found.certainty[differs == 0] / 255, expected.max(0)[differs == 0], atol=0.06)


def test_only_blocks_in_reach_are_shown_and_the_rest_keeps_its_class(refiner):
    shape = (4 * CORE_VOXELS,) * 3
    inside = np.zeros(shape, bool)
    inside[: 2 * CORE_VOXELS - 16] = True  # a face in the middle of the second layer of blocks
    volume = Volume(inside.astype(np.float32), 1.0)
    shown = []

    def run(batch):
        shown.append(len(batch))
        return _changes_nothing(batch)

    found = refine(volume, _coarse(shape, (1, 1, 1), shape[0], inside, 0.5), refiner, run)
    assert [level["visited"] for level in found.levels] == [16]
    assert found.levels[0]["blocks"] == 64
    assert found.levels[0]["rounds"] == 1
    np.testing.assert_array_equal(found.labels == 3, inside)


def test_a_surface_that_moves_is_followed_for_a_stated_number_of_rounds(refiner):
    shape = (6 * CORE_VOXELS, CORE_VOXELS, CORE_VOXELS)
    inside = np.zeros(shape, bool)
    inside[:20] = True
    volume = Volume(np.ones(shape, np.float32) + np.arange(shape[0], dtype=np.float32)[:, None, None], 1.0)

    def grows(batch):  # whatever it is shown is crystal
        return np.stack([np.zeros_like(batch[:, 0]), np.full_like(batch[:, 0], 9)], 1)

    told = []
    coarse = _coarse(shape, (1, 1, 1), shape[0], inside, 0.5)
    found = refine(volume, coarse, refiner, grows, lambda fraction, message: told.append(fraction))
    assert found.levels[0]["rounds"] == 3
    assert told == sorted(told)
    assert (found.labels[: 3 * CORE_VOXELS] == 3).all()
    assert (found.labels[3 * CORE_VOXELS :] == 0).all()


def test_a_single_slice_and_a_volume_smaller_than_a_block(refiner):
    for shape in ((1, 60, 50), (7, 9, 5)):
        inside = np.zeros(shape, bool)
        inside[:, 3:, 2:] = True
        volume = Volume(inside.astype(np.float32), 1.0)
        found = refine(volume, _coarse(shape, (1, 1, 1), 40, inside, 0.3), refiner, _reads_values)
        np.testing.assert_array_equal(found.labels == 3, inside)


def test_values_beyond_a_circular_mask_are_air(refiner):
    shape = (40, 100, 100)
    y, x = np.mgrid[:100, :100] - 49.5
    inside = _ball(shape, 12)
    data = inside.astype(np.float32) + np.random.default_rng(0).normal(0, 0.01, shape).astype(np.float32)
    data[:, np.hypot(y, x) > 47] = 50.0
    coarse = _coarse(shape, (1, 1, 1), 50, inside)
    found = refine(Volume(data, 1.0), coarse, refiner, _reads_values)
    np.testing.assert_array_equal(found.labels == 3, inside)


def test_the_same_bytes_again_and_read_only_input(refiner):
    shape = (60, 60, 60)
    inside = _ball(shape, 20)
    data = inside.astype(np.float32)
    data.setflags(write=False)
    coarse = _coarse(shape, (1, 1, 1), 30, inside)
    engine = TorchEngine(refiner.network())
    first, second = (refine_surfaces(Volume(data, 1.0), coarse, refiner, engine) for _ in range(2))
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.certainty, second.certainty)


def test_the_order_of_the_classes_is_that_of_the_refiner(refiner):
    shape = (50, 50, 50)
    inside = _ball(shape, 15)
    volume = Volume(inside.astype(np.float32), 1.0)
    coarse = _coarse(shape, (1, 1, 1), 25, inside)
    turned = ClassProbabilities(coarse.grids, (coarse.probabilities[0][::-1],), coarse.spreads, (3, 0))
    first, second = (refine(volume, one, refiner, _changes_nothing) for one in (coarse, turned))
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.certainty, second.certainty)


def test_no_number_for_every_voxel_but_bytes(refiner):
    shape = (320, 320, 320)
    inside = np.zeros(shape, bool)
    inside[:, :40, :40] = True
    volume = Volume(inside.astype(np.float16), 1.0)
    coarse = _coarse(shape, (1, 1, 1), 64, inside)
    tracemalloc.start()
    try:
        refine(volume, coarse, refiner, _changes_nothing)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Labels and certainty are two bytes; a float for every voxel would be four.
    assert peak < 4 * inside.size


def test_probabilities_of_other_classes_or_another_volume_are_refused(refiner):
    shape = (40, 40, 40)
    coarse = _coarse(shape, (1, 1, 1), 20, _ball(shape, 10))
    other = Refiner((0, 1), _FEATURES, refiner.weights)
    with pytest.raises(InputError, match="take both from one model folder"):
        refine(Volume(np.eye(40, dtype=np.float32)[None].repeat(40, 0), 1.0), coarse, other, _changes_nothing)
    with pytest.raises(InputError, match="not \\(40, 40, 41\\)"):
        refine(Volume(np.zeros((40, 40, 41), np.float32), 1.0), coarse, refiner, _changes_nothing)


def test_scores_that_are_not_numbers_are_refused(refiner):
    shape = (40, 40, 40)
    inside = _ball(shape, 10)
    coarse = _coarse(shape, (1, 1, 1), 20, inside)
    with pytest.raises(InputError, match="not numbers"):
        refine(Volume(inside.astype(np.float32), 1.0), coarse, refiner, lambda batch: batch[:, 1:] * np.nan)


def test_it_stops_when_it_is_told_to(refiner):
    shape = (40, 40, 40)

    def stop(fraction, message):
        if fraction > 0:
            raise Cancelled("stopped")

    inside = _ball(shape, 10)
    with pytest.raises(Cancelled):
        coarse = _coarse(shape, (1, 1, 1), 20, inside)
        refine(Volume(inside.astype(np.float32), 1.0), coarse, refiner, _changes_nothing, progress=stop)
