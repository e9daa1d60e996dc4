"""Boxes of voxels."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption.tracing.paths import sample_box
from napari_crystalseg.box import box_of, grown, joined, shape_of, whole
from napari_crystalseg.errors import InputError


def test_the_box_of_voxels_that_were_put_in_it_ends_at_the_outermost():
    labels = np.zeros((7, 9, 11), np.uint8)
    labels[2, 8, 3], labels[5, 1, 4] = 4, 1
    expected = (slice(2, 6), slice(1, 9), slice(3, 5))
    assert box_of(labels) == box_of(labels != 0) == sample_box(labels) == expected
    assert shape_of(expected) == (4, 8, 2)


def test_air_alone_has_no_box_and_is_no_sample():
    air = np.zeros((3, 4, 5), np.uint8)
    assert box_of(air) is None
    with pytest.raises(InputError, match="nothing but air"):
        sample_box(air)


def test_a_box_grows_to_the_ends_of_the_shape_and_joins_another():
    box = (slice(1, 2), slice(3, 4), slice(0, 5))
    assert grown(box, (2, 1, 0), (3, 9, 5)) == (slice(0, 3), slice(2, 5), slice(0, 5))
    assert joined(box, (slice(0, 1), slice(3, 6), slice(2, 3))) == (slice(0, 2), slice(3, 6), slice(0, 5))
    assert shape_of(whole((3, 4, 5))) == (3, 4, 5)
