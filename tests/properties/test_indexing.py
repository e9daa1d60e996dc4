"""Frames that stay in their file are indexed as NumPy indexes an array axis by axis, whatever lies between."""

from __future__ import annotations

import numpy as np

from helpers.drawn_examples import examples, given, st
from napari_crystalseg.frames import HeldRows, LazyFrames, chosen_frames, transposed_frames
from napari_crystalseg.io.frames.flipped_frames import flipped


class FramesOfAnArray(LazyFrames):
    """Stands for frames of a file, and holds what asks for them to its word."""

    def __init__(self, array):
        super().__init__(array.shape, array.dtype)
        self._array = array

    def _read(self, frames, rows, columns):
        assert (np.diff(frames) > 0).all()
        for part, length in zip((rows, columns), self.shape[1:], strict=True):
            assert part.step is None and 0 <= part.start < part.stop <= length
        return self._array[frames][:, rows, columns]

    def _source(self):
        return "array"


@st.composite
def frames(draw):
    """Frames of a file behind some layers, and the array that they are."""
    shape = draw(st.tuples(*[st.integers(1, 5)] * 3))
    array = np.arange(np.prod(shape), dtype=draw(st.sampled_from(["u2", "f4", "i8"]))).reshape(shape)
    lazy = FramesOfAnArray(array)
    for layer in draw(st.lists(st.sampled_from(["flipped", "chosen", "transposed", "held"]), max_size=4)):
        if layer == "flipped":
            rows, columns = draw(st.tuples(st.booleans(), st.booleans()))
            lazy, array = flipped(lazy, rows, columns), flipped(array, rows, columns)
        elif layer == "chosen":
            numbers = st.lists(st.integers(0, len(array) - 1), min_size=1, unique=True).map(sorted)
            chosen = np.array(draw(numbers))
            lazy, array = chosen_frames(lazy, chosen), chosen_frames(array, chosen)
        elif layer == "transposed":
            lazy, array = transposed_frames(lazy), transposed_frames(array)
        else:
            lazy = HeldRows(lazy, draw(st.integers(1, 3)))
    return lazy, array


def keys(length):
    """What one axis may be indexed by."""
    index = st.integers(-length, length - 1)
    masks = st.lists(st.booleans(), min_size=length, max_size=length).map(np.array)
    return st.one_of(index, index.map(np.int64), st.slices(length), st.lists(index, max_size=4), masks)


@given(st.data())
@examples(50)
def test_any_key_gives_what_numpy_gives(data):
    lazy, array = data.draw(frames())
    key = tuple(data.draw(keys(length)) for length in array.shape[: data.draw(st.integers(1, 3))])
    if data.draw(st.booleans()):
        key = (*key, ...)
    expected = array
    # From the last axis to the first: a number then removes none of those to come.
    for axis in reversed(range(len([one for one in key if one is not ...]))):
        expected = expected[(slice(None),) * axis + (key[axis],)]
    found = lazy[key]
    assert found.dtype == array.dtype and found.shape == expected.shape
    np.testing.assert_array_equal(found, expected)


@given(frames())
@examples(40)
def test_all_of_it_is_the_array(drawn):
    lazy, array = drawn
    assert (lazy.shape, lazy.size, lazy.nbytes, len(lazy)) == (array.shape, array.size, array.nbytes, len(array))
    np.testing.assert_array_equal(np.asarray(lazy), array)
    np.testing.assert_array_equal(np.stack(list(lazy)), array)
    np.testing.assert_allclose(lazy.mean(axis=0), array.mean(axis=0, dtype=np.float64))
