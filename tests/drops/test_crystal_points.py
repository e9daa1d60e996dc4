"""Points on crystals in CHiMP's three ways."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.crystal_points import crystal_points
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import InputError

SHAPE = (1352, 1688)


def objects(shape=SHAPE, scale=1.0):
    def block(kind, row, column, rows, columns, score=0.9):
        size = round(rows * scale), round(columns * scale)
        return DropObject(kind, np.ones(size, bool), (round(row * scale), round(column * scale)), score)

    return DropObjects(
        shape,
        (
            block(DROP, 50, 50, 1000, 1200),
            block(CRYSTAL, 100, 200, 121, 161, 0.8),
            block(CRYSTAL, 500, 600, 9, 9),
            block(CRYSTAL, 700, 700, 99, 15),
            block(CRYSTAL, 300, 900, 60, 60, 0.5),
        ),
    )


def test_the_centroid_of_each_crystal_best_first():
    assert crystal_points(objects()) == (((504, 604),), ((749, 707),), ((160, 280),))
    assert len(crystal_points(objects(), lowest_score=0.4)) == 4


def test_points_at_random_keep_their_distances():
    small, thin, large = crystal_points(objects(), "random", seed=3)
    assert small == ((504, 604),)
    assert thin[0] == (749, 707) and len(thin) == 1
    places = np.array(large, float)
    assert tuple(places[0]) == (160, 280) and 4 < len(places) < 13
    apart = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    assert apart[~np.eye(len(places), dtype=bool)].min() >= 40
    # From the outermost pixels, rows 100 to 220 and columns 200 to 360.
    assert (places >= [110, 210]).all() and (places <= [210, 350]).all()
    assert crystal_points(objects(), "random", seed=3)[2] == large
    assert crystal_points(objects(), "random", seed=4)[2] != large


def test_points_of_a_grid_through_the_centroid():
    small, thin, large = crystal_points(objects(), "regular")
    assert small == ((504, 604),) and thin == ((749, 707),)
    assert large == tuple((row, column) for row in (130, 160, 190) for column in (220, 250, 280, 310, 340))


def test_the_lengths_are_parts_of_the_image():
    twice = crystal_points(objects((2704, 3376), 2.0), "regular")[2]
    once = crystal_points(objects(), "regular")[2]
    assert len(twice) == len(once)
    assert np.abs(np.array(twice) - 2 * np.array(once)).max() <= 1


def test_another_mode():
    with pytest.raises(InputError, match="single, random, regular"):
        crystal_points(objects(), "many")
