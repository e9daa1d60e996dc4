from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.checks import (
    checked_finite,
    checked_number,
    checked_probabilities,
    checked_range,
    checked_shape,
    checked_voxel_size,
    read_only,
    required_voxel_size,
)
from napari_crystalseg.errors import InputError


@pytest.mark.parametrize(
    ("given", "size"), [(0.3, (0.3,) * 3), ([1, 2, 3], (1.0, 2.0, 3.0)), (np.float32(0.5), (0.5,) * 3)]
)
def test_voxel_sizes(given, size):
    found = checked_voxel_size(given)
    assert found == size and all(type(one) is float for one in found)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((1, 2), r"needs one number or three \(z, y, x\) in µm, not 2"),
        ((1, 2, 0), "must be positive and finite"),
        (-1, "must be positive and finite"),
        ((1, np.nan, 1), "must be positive and finite"),
        (np.inf, "must be positive and finite"),
    ],
)
def test_what_is_no_voxel_size(given, says):
    with pytest.raises(InputError, match=f"The size {says}"):
        checked_voxel_size(given, "size")


def test_a_voxel_size_that_is_needed():
    assert required_voxel_size((1.0, 2.0, 3.0), "The volume") == (1.0, 2.0, 3.0)
    with pytest.raises(InputError, match=r"^The volume does not say .*--voxel-size-um.*in napari"):
        required_voxel_size(None, "The volume", ["a.tif", "b.tif"])
    with pytest.raises(InputError, match=r"^a\.tif does not say"):
        required_voxel_size(None, "The volume", ["a.tif"])


def test_axes():
    checked_shape(np.ones((1, 2)), "It", ("y", "x"))
    with pytest.raises(InputError, match=r"It must have 2 axes \(y, x\), not 1 \(shape \(3,\)\)"):
        checked_shape(np.ones(3), "It", ("y", "x"))
    with pytest.raises(InputError, match=r"It is empty \(shape \(3, 0\)\)"):
        checked_shape(np.ones((3, 0)), "It", ("y", "x"))


def test_values_that_are_not_finite_are_counted():
    checked_finite(np.ones((2, 2)), "It")
    checked_finite(np.array([2**62]), "It")
    with pytest.raises(InputError, match="It has 3 values that are NaN or infinite"):
        checked_finite(np.array([[np.nan, 1], [np.inf, -np.inf]]), "It")


def test_only_the_view_refuses_writing():
    array = np.zeros(3)
    view = read_only(array)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    array[0] = 1
    assert view[0] == 1


def test_numbers():
    assert checked_number("1e5", "n") == 1e5
    assert checked_number(3, "n", 3, 3) == 3.0
    for text in ("many", None, True, [1]):
        with pytest.raises(InputError, match=r"^n must be a number, not "):
            checked_number(text, "n")
    with pytest.raises(InputError, match="n must be 0 or more, not -1"):
        checked_number(-1, "n")
    for outside in (2, float("nan")):
        with pytest.raises(InputError, match="n must be between 0 and 1, not "):
            checked_number(outside, "n", 0, 1)


def test_ranges():
    assert checked_range(["1", 2], "r") == (1.0, 2.0)
    assert checked_range((1, 1), "r") == (1.0, 1.0)
    for bad, says in [
        (1, "must be a range of two numbers"),
        ([1, 2, 3], "must be a range of two numbers"),
        ([2, 1], "low at most high"),
        ([1, np.inf], "both finite"),
        ([-1, 1], "Each end of r must be 0 or more"),
    ]:
        with pytest.raises(InputError, match=says):
            checked_range(bad, "r")


def test_probabilities():
    of = ("rod", "plate", "block")
    assert checked_probabilities([0.1, 0.2, 0.7], "shape", of) == (0.1, 0.2, 0.7)
    for bad, says in [
        ([0.5, 0.5], r"shape must be 3 probabilities \(rod, plate, block\)"),
        ([0.5, 0.6, 0.1], "must add up to 1, not 1.2"),
        ([-0.1, 0.6, 0.5], "Each probability of shape must be between 0 and 1"),
    ]:
        with pytest.raises(InputError, match=says):
            checked_probabilities(bad, "shape", of)
