import numpy as np
import pytest

from napari_crystalseg.tomography.preprocessing.gaps import Gaps


def test_straight_lines_in_the_logarithm_along_the_shorter_way():
    rows, columns = np.mgrid[:30.0, :40.0]
    truth = np.exp(-(0.1 + 0.02 * rows + 0.01 * columns))[np.newaxis].repeat(2, axis=0).astype(np.float32)
    dead = np.zeros((30, 40), dtype=bool)
    dead[:, 15:19], dead[10:13] = True, True
    dead[:4], dead[25, 30] = True, True  # up to the edge; a single pixel is no gap
    crossing = dead.all(axis=1)[:, None] & dead.all(axis=0)
    gaps = Gaps.of(dead)
    assert len(gaps) == dead.sum() - crossing.sum() - 1
    spoilt = np.where(dead, np.float32(9), truth)
    known = ~crossing
    known[:4], known[25, 30] = False, False
    for first in (0, 11, 20):
        rows_ = slice(first, first + 10)
        slab = gaps.fill(spoilt[:, rows_].copy(), first, lambda start, stop: spoilt[:, start:stop])
        np.testing.assert_allclose(slab[:, known[rows_]], truth[:, rows_][:, known[rows_]], rtol=1e-5)
    edge = gaps.fill(spoilt[:, :2].copy(), 0, lambda start, stop: spoilt[:, start:stop])
    np.testing.assert_allclose(edge[:, 0, :15], truth[:, 4, :15], rtol=1e-5)


@pytest.mark.parametrize("dead", [np.zeros((5, 6), dtype=bool), np.ones((5, 6), dtype=bool)])
def test_nothing_to_fill_and_nothing_to_fill_from(dead):
    assert len(Gaps.of(dead)) == 0
