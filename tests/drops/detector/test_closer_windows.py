"""Windows in which a detector looks closer: they cover the drop, and each crystal is told once."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.detector.closer_windows import closer_windows, each_once, is_cut
from napari_crystalseg.drops.objects import CRYSTAL, DropObject

SEEN = 256


def crystal(row, column, rows, columns, score):
    return DropObject(CRYSTAL, np.ones((rows, columns), bool), (row, column), score)


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ((300, 200, 800, 700), (1024, 1224)),
        ((0, 0, 1688, 1352), (1352, 1688)),
        ((100, 1000, 2400, 1900), (2028, 2532)),
        ((1100, 900, 1224, 1024), (1024, 1224)),
        ((0, 0, 500, 3), (3, 500)),
    ],
)
def test_windows_cover_the_drop_and_lie_in_the_image(box, shape):
    covered = np.zeros(shape, bool)
    windows = closer_windows(box, shape, SEEN)
    for left, top, right, bottom in windows:
        assert 0 <= left < right <= shape[1] and 0 <= top < bottom <= shape[0]
        covered[top:bottom, left:right] = True
    assert len(windows) <= 9
    if windows:
        assert covered[box[1] : box[3], box[0] : box[2]].all()
        assert max(max(right - left, bottom - top) for left, top, right, bottom in windows) < 0.9 * max(shape)


def test_neighbours_share_a_quarter_of_a_window():
    windows = closer_windows((200, 100, 1400, 300), (1352, 1688), SEEN)
    lefts, rights = sorted({one[0] for one in windows}), sorted({one[2] for one in windows})
    for left, right in zip(lefts[1:], rights[:-1], strict=True):
        assert (right - left) / (rights[0] - lefts[0]) == pytest.approx(0.25, abs=0.01)


def test_an_image_as_small_as_the_network_sees_it_is_seen_once():
    assert closer_windows((10, 10, 200, 200), (256, 256), SEEN) == []
    assert closer_windows((10, 10, 300, 300), (384, 384), SEEN) == []


def test_what_ends_with_a_window_is_cut_unless_the_image_ends_there():
    window, shape = (0, 200, 400, 600), (1000, 1000)
    assert not is_cut(crystal(300, 0, 50, 50, 0.9), window, shape)
    assert is_cut(crystal(200, 100, 50, 50, 0.9), window, shape)
    assert is_cut(crystal(300, 350, 50, 50, 0.9), window, shape)
    assert not is_cut(crystal(300, 100, 50, 50, 0.9), window, shape)


def test_the_surest_of_the_same_crystal_stays():
    first, again, apart = crystal(100, 100, 20, 20, 0.6), crystal(102, 101, 20, 20, 0.9), crystal(300, 300, 9, 9, 0.2)
    kept = each_once([first], [again, apart], (1024, 1024), SEEN)
    assert [one.score for one in kept] == [0.9, 0.2]


def test_faces_of_a_large_crystal_are_none_of_their_own():
    large = crystal(100, 100, 200, 150, 0.7)
    faces = [crystal(110, 110, 60, 60, 0.95), crystal(200, 120, 80, 80, 0.9)]
    assert each_once([large], faces, (1024, 1024), SEEN) == [large]


def test_what_is_large_but_hardly_likely_hides_nothing():
    unlikely, surely = crystal(100, 100, 200, 150, 0.2), crystal(110, 110, 60, 60, 0.95)
    assert each_once([unlikely], [surely], (1024, 1024), SEEN) == [surely]
