"""Working values are made once for an array, and anew for another."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.guidance.working_values import LastWorkingValues, WorkingValues


def volume(seed=0, shape=(20, 30, 24)):
    values = np.random.default_rng(seed).normal(0, 0.05, shape).astype(np.float32)
    values[5:15, 8:22, 6:18] += 1
    return values


def test_they_are_kept_for_as_long_as_the_array_is_the_same():
    last, values = LastWorkingValues(16), volume()
    first = last.of(values, (1.0, 1.0, 1.0))
    assert last.of(values, (1.0, 1.0, 1.0)) is first
    assert last.of(values[:], (1.0, 1.0, 1.0)) is first
    assert last.of(values, (2.0, 1.0, 1.0)) is not first
    assert last.of(values[:-1], (2.0, 1.0, 1.0)).grid.shape == (19, 30, 24)


def test_an_array_in_the_place_of_one_that_is_gone_is_not_taken_for_it():
    last = LastWorkingValues(16)
    for seed in range(4):
        values = volume(seed)
        expected = WorkingValues.of(values, None, 16).voxel_values
        np.testing.assert_array_equal(last.of(values, None).voxel_values, expected)
        del values


def test_an_array_that_was_changed_in_place_is_looked_at_again():
    last, values = LastWorkingValues(16), volume()
    first = last.of(values, None)
    values[:] = volume(3)[:, ::-1]
    assert last.of(values, None) is not first
    np.testing.assert_array_equal(last.of(values, None).voxel_values, WorkingValues.of(values, None, 16).voxel_values)
    locked = values.view()
    locked.setflags(write=False)
    assert last.of(locked, None) is last.of(values, None)


def test_any_type_of_voxel_values_is_seen_alike_whatever_its_scale():
    values = volume()
    whole = np.round((values + 1) * 80).astype(np.uint8)
    np.testing.assert_allclose(
        WorkingValues.of(whole, None, 16).voxel_values, WorkingValues.of(values, None, 16).voxel_values, atol=0.02
    )


@pytest.mark.parametrize(("value", "named"), [(np.nan, "NaN"), (0.5, "nothing to segment")])
def test_volumes_that_cannot_be_seen_are_refused(value, named):
    values = np.full((8, 9, 10), value, np.float32)
    with pytest.raises(InputError, match=named):
        LastWorkingValues(16).of(values, None)
