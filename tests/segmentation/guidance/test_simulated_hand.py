"""A simulated hand clicks into what is wrong, and its strokes stay in their class."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.segmentation.guidance.marks import WRONG
from napari_crystalseg.segmentation.guidance.simulated_hand import draw_clicks, draw_strokes, spoil


def sample():
    labels = np.zeros((40, 44, 42), np.uint8)
    labels[4:36, 4:40, 4:38] = 1
    labels[10:30, 10:34, 10:32] = 3
    labels[18:22, 4:40, 34:37] = 2
    return labels


def test_a_click_lies_near_the_middle_of_the_only_wrong_piece_and_says_what_is_right():
    truth, wrong = sample(), sample()
    wrong[12:22, 12:24, 12:22] = 1
    said = []
    for seed in range(60):
        clicks = draw_clicks(np.random.default_rng(seed), wrong, truth, 1)
        place = np.array(clicks[0].place)
        assert (np.abs(place - (16.5, 17.5, 16.5)) < 8).all()
        said.append(clicks[0].channel)
    right, told_wrong = said.count(3), said.count(WRONG)
    assert right + told_wrong >= 54  # three in a hundred slip
    assert 6 <= told_wrong <= 26  # a quarter says that it is wrong


def test_where_all_is_right_a_click_confirms():
    truth = sample()
    for seed in range(20):
        (click,) = draw_clicks(np.random.default_rng(seed), truth, truth, 5)
        near = tuple(slice(max(0, index - 4), index + 5) for index in click.place)
        assert click.channel in (*np.unique(truth[near]), 0, 1, 2, 3)
        assert click.channel != WRONG


def test_strokes_stay_in_their_class_but_for_the_edge_of_the_brush_and_lie_on_one_to_three_slices():
    truth = sample()
    for seed in range(20):
        painted = draw_strokes(np.random.default_rng(seed), truth)
        touched = painted != 255
        slices = [int(touched.any(axis=tuple({0, 1, 2} - {axis})).sum()) for axis in range(3)]
        assert 1 <= min(slices) <= 3
        assert (painted[touched] == truth[touched]).mean() > 0.9


def test_what_is_spoilt_differs_and_the_same_seed_spoils_the_same():
    truth = sample()
    one, again = (spoil(np.random.default_rng(3), truth) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert 0 < np.count_nonzero(one != truth) < truth.size // 4
    np.testing.assert_array_equal(truth, sample())


def test_a_field_of_air_is_drawn_in_without_a_word():
    air = np.zeros((8, 9, 10), np.uint8)
    rng = np.random.default_rng(1)
    assert (draw_strokes(rng, air) == 255).all()
    assert not spoil(rng, air).any()
    assert len(draw_clicks(rng, air, air, 3)) == 1
