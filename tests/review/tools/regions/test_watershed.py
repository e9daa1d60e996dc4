"""A watershed from seeds ends at the edge between them."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.teaching.strokes import Strokes
from napari_crystalseg.review.tools.regions.watershed import watershed

SHAPE = (12, 24, 40)


def halves():
    values = np.zeros(SHAPE, dtype=np.float32)
    values[:, :, 17:] = 1.0
    return values + 0.02 * np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)


SEEDS = Strokes(np.array([[6, 12, 4], [6, 12, 35]]), np.array([1, 3], dtype=np.uint8))


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (3.0, 1.0, 0.7)])
def test_two_halves_meet_at_their_edge(voxel):
    box = tuple(slice(0, length) for length in SHAPE)
    change = watershed(halves(), SEEDS, voxel_size_um=voxel, box=box)
    assert change.mask.all()
    assert (change.labels[:, :, 18:] == 3).mean() > 0.995 and (change.labels[:, :, :16] == 1).mean() > 0.995


def test_only_the_region_is_flooded():
    region = np.zeros(SHAPE, dtype=bool)
    region[6, 10:14] = True
    change = watershed(halves(), SEEDS, region=region)
    found = np.zeros(SHAPE, dtype=bool)
    found[change.box] = change.mask
    assert not (found & ~region).any() and found[6, 12, 4] and found[6, 12, 35]


def test_seeds_of_one_class_are_refused():
    with pytest.raises(InputError, match="two classes or more"):
        watershed(halves(), Strokes(SEEDS.indices, np.array([3, 3], dtype=np.uint8)))
    with pytest.raises(InputError, match="fewer than two classes"):
        watershed(halves(), SEEDS, box=(slice(0, 12), slice(0, 24), slice(0, 20)))
