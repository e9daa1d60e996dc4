from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.review.places.candidates.candidate import Candidate
from napari_crystalseg.review.places.doubt import NAMES, Signs
from napari_crystalseg.review.places.place_stroke import stroke_about
from napari_crystalseg.review.places.selection import chosen_rows
from napari_crystalseg.review.places.weighing import Doubted

SHAPE = (20, 20, 40)
NOTHING = Signs((0.0,) * len(NAMES))


def block(x, width=2, effect=1.0, doubt=0.5, kind="edge", own=1, to=3, reason="edge doubtful"):
    mask = np.zeros(SHAPE, bool)
    mask[5:9, 5:9, x : x + width] = True
    candidate = Candidate.of_mask(mask, (0, 0, 0), own, to, kind, reason)
    return Doubted(candidate, NOTHING, doubt, effect)


def test_both_sides_of_an_edge_are_one_row_with_what_is_at_stake_in_both():
    (row,), unlisted = chosen_rows([block(10, effect=4.0), block(12, effect=2.0, own=3, to=1)], 5, SHAPE)
    assert row.gain_percent == pytest.approx(3.0)
    assert (row.own_percent, row.beside_percent) == pytest.approx((2.0, 1.0))
    assert unlisted == 0


def test_gains_and_what_is_unlisted_share_all_that_is_at_stake():
    regions = [block(x, effect=effect) for x, effect in ((2, 1.0), (12, 3.0), (22, 2.0), (32, 0.5))]
    rows, unlisted = chosen_rows(regions, 2, SHAPE)
    assert [row.doubted.effect_percent for row in rows] == [3.0, 2.0]
    assert sum(row.gain_percent for row in rows) + unlisted == pytest.approx(0.5 * 6.5)


def test_a_place_that_is_doubted_twice_is_one_row_with_the_reason_that_says_more():
    twice = [block(10, effect=3.0), block(10, effect=2.0, kind="plausibility", reason="crystal touches air")]
    (row,), _ = chosen_rows(twice, 5, SHAPE)
    assert row.doubted.candidate.reason == "crystal touches air"
    assert row.gain_percent == pytest.approx(1.5)


def test_a_surer_place_comes_before_one_that_gains_the_same():
    rows, _ = chosen_rows([block(2, effect=8.0, doubt=0.1), block(20, effect=1.0, doubt=0.8)], 2, SHAPE)
    assert [row.doubted.doubt for row in rows] == [0.8, 0.1]


def test_measuring_again_scales_what_is_its_own():
    (row,), _ = chosen_rows([block(10, effect=4.0), block(12, effect=2.0, own=3, to=1)], 5, SHAPE)
    assert row.measured(6.0).gain_percent == pytest.approx(4.0)


def test_a_stroke_is_cut_at_the_ends_of_the_volume():
    box, mask = stroke_about((slice(0, 1), slice(5, 6), slice(39, 40)), np.ones((1, 1, 1), bool), SHAPE)
    assert box == (slice(0, 3), slice(3, 8), slice(37, 40))
    assert mask.all()


def test_nothing_at_stake_is_no_row():
    assert chosen_rows([block(3, effect=0.0)], 5, SHAPE) == ([], 0.0)


def test_a_piece_beside_a_better_place_is_a_row_of_its_own():
    regions = [block(10, effect=4.0), block(13, effect=0.2, kind="plausibility", reason="crystal piece")]
    rows, unlisted = chosen_rows(regions, 5, SHAPE)
    assert [row.doubted.candidate.reason for row in rows] == ["edge doubtful", "crystal piece"]
    assert unlisted == 0
