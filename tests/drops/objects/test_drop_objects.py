"""Outlined drops and crystals: masks, boxes, and what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import InputError


def rectangle(rows, columns, shape=(20, 30)):
    mask = np.zeros(shape, bool)
    mask[rows[0] : rows[1], columns[0] : columns[1]] = True
    return mask


def test_a_mask_is_kept_as_the_smallest_part_and_comes_back_whole():
    mask = rectangle((3, 7), (10, 21))
    mask[5, 12] = False
    one = DropObject(CRYSTAL, mask)
    assert one.mask.shape == (4, 11)
    assert one.origin_px == (3, 10)
    assert one.box_px == (10, 3, 21, 7)
    assert one.area_px == 43
    assert (one.whole_mask((20, 30)) == mask).all()


def test_the_same_object_is_stored_alike_wherever_its_part_began():
    mask = rectangle((3, 7), (10, 21))
    parts = DropObject(DROP, mask), DropObject(DROP, mask[2:9, 5:25], (2, 5))
    assert parts[0].origin_px == parts[1].origin_px
    assert (parts[0].mask == parts[1].mask).all()


def test_a_centroid_is_the_mean_of_the_pixels():
    assert DropObject(DROP, rectangle((2, 5), (8, 18))).centroid_px == (3.0, 12.5)


def test_the_mask_of_a_kind_is_the_union_of_those_that_are_sure_enough():
    objects = DropObjects(
        (20, 30),
        (
            DropObject(DROP, rectangle((1, 19), (1, 29)), score=0.99),
            DropObject(CRYSTAL, rectangle((2, 6), (2, 6)), score=0.4),
            DropObject(CRYSTAL, rectangle((4, 8), (4, 8)), score=0.9),
        ),
    )
    assert objects.mask(CRYSTAL).sum() == 16 + 16 - 4
    assert objects.mask(CRYSTAL, 0.6).sum() == 16
    assert [one.score for one in objects.of_kind(CRYSTAL)] == [0.9, 0.4]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "needle"}, "'drop' or a 'crystal', not 'needle'"),
        ({"mask": np.zeros((4, 4), bool)}, "at least one pixel"),
        ({"mask": np.ones((4, 4), np.uint8)}, "not uint8"),
        ({"origin_px": (-1, 0)}, "outside the image"),
        ({"score": 1.5}, "between 0 and 1"),
        ({"score": float("nan")}, "between 0 and 1"),
    ],
)
def test_what_is_no_object_is_refused(values, said):
    with pytest.raises(InputError, match=said):
        DropObject(**{"kind": DROP, "mask": np.ones((4, 4), bool)} | values)


def test_an_object_beyond_the_image_is_refused():
    one = DropObject(DROP, np.ones((5, 5), bool), (17, 3))
    with pytest.raises(InputError, match="row 22 and column 8"):
        one.whole_mask((20, 30))
    with pytest.raises(InputError, match="20 by 30"):
        DropObjects((20, 30), (one,))
