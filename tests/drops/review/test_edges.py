"""Edges run along the outermost pixels."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.drops.objects import DROP, DropObject
from napari_crystalseg.drops.review.edges import edges_px


def test_a_rectangle_has_four_corners():
    (edge,) = edges_px([DropObject(DROP, np.ones((5, 8), bool), (10, 20))])
    assert sorted(map(tuple, edge)) == [(10, 20), (10, 27), (14, 20), (14, 27)]


def test_a_disc_is_followed_within_a_pixel():
    rows, columns = np.mgrid[:101, :101]
    (edge,) = edges_px([DropObject(DROP, np.hypot(rows - 50, columns - 50) <= 40)])
    assert np.abs(np.hypot(*(edge - 50).T) - 40).max() < 1 and 12 < len(edge) < 100


def test_pieces_and_single_pixels_have_edges_of_their_own():
    mask = np.zeros((9, 9), bool)
    mask[0, 0] = mask[4:8, 4:8] = True
    assert sorted(len(edge) for edge in edges_px([DropObject(DROP, mask)])) == [1, 4]
