"""Pieces of labels against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import label

from napari_crystalseg.segmentation.postprocessing.pieces import Pieces

SHAPES = [(5, 7, 9), (1, 8, 11), (6, 1, 5), (4, 5, 1), (1, 1, 1), (12, 12, 12)]


def drawn(shape, seed):
    """Patchy labels: noise of two sizes."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 5, [-(-length // 3) for length in shape])
    data = np.kron(coarse, np.ones((3, 3, 3)))[tuple(slice(length) for length in shape)]
    return np.where(rng.random(shape) < 0.2, rng.integers(0, 5, shape), data).astype(np.uint8)


def numbers(pieces):
    """Number of the piece of each voxel."""
    lengths = np.diff(np.append(pieces.starts, 0)) % pieces.shape[2]
    lengths[lengths == 0] = pieces.shape[2]
    return np.repeat(pieces.piece, lengths).reshape(pieces.shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_pieces_are_those_of_scipy(shape):
    data = drawn(shape, seed=sum(shape))
    pieces = Pieces.of(data)
    found = numbers(pieces)
    for material in range(5):
        theirs, count = label(data == material)
        ours = np.where(data == material, found + 1, 0)
        pairs = np.unique(np.stack([theirs.ravel(), ours.ravel()]), axis=1)
        assert pairs.shape[1] == count + (theirs == 0).any()
    assert np.array_equal(pieces.of_class[found], data)
    assert np.array_equal(np.bincount(found.ravel()), pieces.sizes)
    _, at = np.unique(found, return_index=True)
    assert np.array_equal(at, np.sort(at))
    ends = np.zeros(shape, bool)
    for axis, length in enumerate(shape):
        if length > 1:
            np.moveaxis(ends, axis, 0)[[0, -1]] = True
    assert set(np.flatnonzero(pieces.at_edge)) == set(found[ends])


@pytest.mark.parametrize("shape", SHAPES)
def test_contacts_are_the_areas_of_shared_faces(shape):
    data, size = drawn(shape, seed=3), (0.5, 2.0, 3.0)
    pieces = Pieces.of(data)
    found = numbers(pieces)
    chosen = np.random.default_rng(1).random(len(pieces.sizes)) < 0.5
    expected = np.zeros((len(chosen), 5))
    for axis, area in enumerate((6.0, 1.5, 1.0)):
        moved, classes = np.moveaxis(found, axis, 0), np.moveaxis(data, axis, 0)
        for one, other, beside in ((moved[:-1], moved[1:], classes[1:]), (moved[1:], moved[:-1], classes[:-1])):
            shared = chosen[one] & ~chosen[other]
            np.add.at(expected, (one[shared], beside[shared]), area)
    assert np.allclose(pieces.contacts(chosen, size), expected[chosen])


def test_pieces_that_are_given_a_class_join_what_has_it():
    data = np.zeros((3, 4, 6), np.uint8)
    data[1, 1:3, 1:5] = 1
    data[1, 1, 2] = 3
    pieces = Pieces.of(data)
    chosen = pieces.of_class == 3
    after = pieces.given(chosen, np.array([1], np.uint8))
    assert (len(pieces.sizes), len(after.sizes)) == (3, 2)
    changed = data.copy()
    after.write(changed)
    data[1, 1, 2] = 1
    assert np.array_equal(changed, data)
    assert np.array_equal(after.sizes, Pieces.of(data).sizes)


def test_means_pass_over_what_is_no_number():
    data = drawn((6, 7, 8), seed=2)
    values = np.random.default_rng(4).normal(size=data.shape).astype(np.float32)
    values[2, 3, 4] = np.nan
    pieces = Pieces.of(data)
    chosen = pieces.sizes > 3
    found = numbers(pieces)
    expected = [np.nanmean(values[found == piece]) for piece in np.flatnonzero(chosen)]
    assert np.allclose(pieces.mean_values(chosen, values), expected, rtol=1e-5)
