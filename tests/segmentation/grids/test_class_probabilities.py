from __future__ import annotations

import pickle

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation import ClassProbabilities, segment
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid
from napari_crystalseg.segmentation.postprocessing.physics import Physics
from napari_crystalseg.volume import Volume


def volume(shape, seed=0):
    z, y, x = np.indices(shape) - (np.array(shape) - 1)[:, None, None, None] / 2
    greys = ((z / 8) ** 2 + (y / 9) ** 2 + (x / 8) ** 2 < 1).astype(np.float32)
    return Volume(greys + np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32), (1.0, 1.0, 1.5))


def test_kept_probabilities_are_those_that_the_labels_were_drawn_from(tiny_model):
    scan = volume((27, 24, 21))
    plain = segment(scan, tiny_model, physics=Physics.none())
    kept = segment(scan, tiny_model, physics=Physics.none(), keep_probabilities=True)
    assert plain.probabilities is None
    assert np.array_equal(plain.labels.data, kept.labels.data)
    assert np.array_equal(plain.uncertainty, kept.uncertainty)
    told = kept.probabilities.slab(5, 20)
    assert told.shape == (5, 15, 24, 21)
    np.testing.assert_allclose(told.sum(0), 1, atol=1e-5)
    assert np.array_equal(told.argmax(0), kept.labels.data[5:20])
    assert np.abs(255 * (1 - told.max(0)) - kept.uncertainty[5:20]).max() < 0.51
    again = pickle.loads(pickle.dumps(kept.probabilities))
    assert np.array_equal(again.slab(5, 20), told)


def test_mirror_images_disagree_only_where_there_are_several(tiny_model):
    scan = volume((20, 20, 20))
    one = segment(scan, tiny_model, mirror=False, keep_probabilities=True).probabilities
    all_of_them = segment(scan, tiny_model, keep_probabilities=True).probabilities
    assert one.spread_slab(0, 20).shape == (20, 20, 20)
    assert not one.spread_slab(0, 20).any()
    assert all_of_them.spread_slab(0, 20).max() > 0


def test_probabilities_must_fit_their_grid():
    grid = WorkingGrid((4, 4, 4), (4, 4, 4))
    right = np.full((2, 4, 4, 4), 0.5, np.float32)
    with pytest.raises(InputError, match="grid"):
        ClassProbabilities((grid,), (right[:, :3],), (right[0],), (0, 3))
    with pytest.raises(InputError, match="NaN"):
        ClassProbabilities((grid,), (right * np.nan,), (right[0],), (0, 3))


def test_grids_are_brought_to_the_coarsest_and_averaged():
    shape = (8, 12, 10)
    fine, coarse = WorkingGrid(shape, shape), WorkingGrid(shape, (4, 6, 5))
    ramp = np.indices(shape)[1].astype(np.float32) / 11
    half = np.full((4, 6, 5), 0.5, np.float32)
    values = np.stack([ramp, 1 - ramp]), np.stack([half, half])
    spreads = np.zeros(shape, np.float32), np.zeros((4, 6, 5), np.float32)
    found = ClassProbabilities((fine, coarse), values, spreads, (0, 3)).on_one_grid()
    assert found.shape == (5, 4, 6, 5) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(0), 1, atol=1e-6)
    np.testing.assert_allclose(found[0, 1, :, 2], (np.arange(6) * 2 + 0.5) / 22 + 0.25, atol=1e-6)
    assert not found[[1, 2, 4]].any()
