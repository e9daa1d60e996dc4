"""Axes of a stored array: however they are ordered and turned, what is laid along (z, y, x) is the volume."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.drawn_examples import examples, given, st
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.grids.axes import find_arrangement

NAMES = {"z": ["z", "Slices", "depth"], "y": ["y", "rows", "height [um]"], "x": ["X", "columns", "width"]}


@st.composite
def stored(draw):
    """A volume, how it lies in a file, and the letter of each axis there; among its axes may be channels and times."""
    volume = np.arange(np.prod(shape := draw(st.tuples(*[st.integers(1, 4)] * 3)))).reshape(shape)
    others = {letter: draw(st.integers(1, 3)) for letter in draw(st.sampled_from(["", "c", "t", "tc"]))}
    picks = {letter: draw(st.integers(0, length - 1)) for letter, length in others.items()}
    array = np.full((*others.values(), *shape), -1)
    array[tuple(picks.values())] = volume
    order = draw(st.permutations(range(array.ndim)))
    letters = "".join(("".join(others) + "zyx")[axis] for axis in order)
    return volume, array.transpose(order), letters, picks


@given(stored(), st.data())
@examples(40)
def test_any_order_is_laid_as_the_volume_slab_by_slab(drawn, data):
    volume, array, letters, picks = drawn
    arrangement = find_arrangement(array.shape, given=letters, picks=picks)
    turned = "".join(letter for letter in "zyx" if data.draw(st.booleans()))
    if turned:
        arrangement = arrangement.turned_over(turned, "it says so")
        volume = volume[tuple(slice(None, None, -1 if letter in turned else 1) for letter in "zyx")]
    assert arrangement.shape == volume.shape
    first = data.draw(st.integers(0, len(volume) - 1))
    last = data.draw(st.integers(first + 1, len(volume)))
    np.testing.assert_array_equal(arrangement.laid(array[arrangement.key(first, last)]), volume[first:last])
    if arrangement.as_stored:
        np.testing.assert_array_equal(array.reshape(volume.shape), volume)
    # Each size goes with its axis.
    sizes = [float("tczyx".index(letter)) for letter in letters]
    assert arrangement.sizes(sizes) == (2.0, 3.0, 4.0)


@given(stored(), st.sampled_from(["z", "y", "x", "zy", "yx", "zx", "zyx"]))
@examples(30)
def test_turned_over_twice_it_is_as_it_was(drawn, turned):
    _, array, letters, picks = drawn
    once = find_arrangement(array.shape, given=letters, picks=picks)
    twice = once.turned_over(turned, "one").turned_over(turned, "two")
    assert twice.flipped == once.flipped and twice.order == once.order
    assert twice.assumed[-2:] == ("one", "two")


@given(st.permutations("zyx"), st.data())
@examples(30)
def test_names_of_a_file_are_as_good_as_letters(order, data):
    names = [data.draw(st.sampled_from(NAMES[letter])) for letter in order]
    shape = tuple(data.draw(st.integers(1, 5)) for _ in order)
    assert find_arrangement(shape, names).order == find_arrangement(shape, given="".join(order)).order


@given(st.text("zyxctq1, ", max_size=5), st.lists(st.integers(0, 3), max_size=5).map(tuple))
@examples(40)
def test_letters_fit_or_are_refused_in_a_sentence(given_axes, shape):
    try:
        arrangement = find_arrangement(shape, given=given_axes)
    except InputError as error:
        assert str(error).endswith(".") and len(str(error)) < 400
    else:
        kept = [shape[axis] for axis in arrangement.order]
        assert arrangement.shape == tuple(kept if len(kept) == 3 else [1, *kept])


def test_a_size_that_is_not_known_makes_all_unknown():
    assert find_arrangement((2, 3, 4), given="xzy").sizes([0.1, None, 0.3]) is None
    assert find_arrangement((2, 3, 4), given="xzy").sizes([0.1, 0.2, 0.3]) == pytest.approx((0.2, 0.3, 0.1))
