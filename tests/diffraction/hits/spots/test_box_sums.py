from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.hits.spots.box_sums_kernel import box_sums


@pytest.mark.parametrize("half", [1, 3, 12])
@pytest.mark.parametrize("part", [1.0, 0.37])
def test_sums_are_those_of_the_squares(half, part):
    random = np.random.default_rng(half)
    values = random.poisson(3.0, (23, 31)) * part
    values[5, 7] = 1e6 * part
    usable = random.random((23, 31)) < 0.9
    found = box_sums(values, usable, half)
    for row, column in ((0, 0), (5, 7), (22, 30), (11, 0), (22, 15), (6, 20)):
        square = np.s_[max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1]
        inside = values[square][usable[square]]
        expected = len(inside), inside.sum(), (inside**2).sum()
        assert [one[row, column] for one in found] == pytest.approx(expected, rel=1e-12)
