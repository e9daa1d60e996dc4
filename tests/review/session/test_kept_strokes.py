"""Strokes that teach are kept in the record of a review, packed."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.session.kept_strokes import strokes_of, strokes_record
from napari_crystalseg.review.teaching.strokes import Strokes
from napari_crystalseg.texts.json_text import parse_json, to_json

SHAPE = (30, 41, 22)


def drawn() -> Strokes:
    rng = np.random.default_rng(0)
    indices = np.unique(rng.integers(0, SHAPE, (500, 3)), axis=0)
    return Strokes(indices, rng.integers(0, 5, len(indices)).astype(np.uint8))


def test_they_come_back_to_the_voxel_through_json():
    strokes = drawn()
    back = strokes_of(parse_json(to_json(strokes_record(strokes, SHAPE))), SHAPE)
    np.testing.assert_array_equal(back.indices, strokes.indices)
    np.testing.assert_array_equal(back.labels, strokes.labels)


def test_many_take_little_room():
    z, y, x = (slice(100, 101), slice(100, 300), slice(50, 450))
    mask = np.zeros((512, 512, 512), bool)
    mask[z, y, x] = True
    strokes = Strokes(np.argwhere(mask), np.full(80_000, 3, np.uint8))
    assert len(to_json(strokes_record(strokes, mask.shape))) < 10_000


def test_another_grid_and_damage_are_refused():
    record = strokes_record(drawn(), SHAPE)
    with pytest.raises(InputError, match="grid"):
        strokes_of(record, (30, 41, 23))
    for damage in ({"steps": "no"}, {"classes": record["classes"][:-8]}, {"shape": None}):
        with pytest.raises(InputError):
            strokes_of({**record, **damage}, SHAPE)
