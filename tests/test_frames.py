from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg import frames
from napari_crystalseg.frames import ChosenFrames, HeldRows, LazyFrames, TransposedFrames, chosen_frames, frame_blocks

COUNTS = np.arange(6 * 4 * 5, dtype=np.uint16).reshape(6, 4, 5)


class Counted(LazyFrames):
    """Frames that note what is read of them."""

    rows_together = 4

    def __init__(self, array=COUNTS):
        super().__init__(array.shape, array.dtype.newbyteorder(">"))
        self.array, self.read = array, []

    def _read(self, frames, rows, columns):
        self.read.append((frames.tolist(), rows, columns))
        return self.array[frames][:, rows, columns]

    def _source(self):
        return "counted.h5"


def test_no_more_is_read_than_the_box_around_what_is_asked_for():
    lazy = Counted()
    np.testing.assert_array_equal(lazy[[4, 1, 4], 1:3, -1], COUNTS[:, 1:3, -1][[4, 1, 4]])
    assert lazy.read == [([1, 4], slice(1, 3), slice(4, 5))]
    assert lazy[2:2].shape == (0, 4, 5) and lazy[0, [], :].shape == (0, 5)
    assert len(lazy.read) == 1


def test_values_are_in_the_byte_order_of_this_machine():
    assert Counted().dtype == np.dtype("u2") and Counted()[:, :0].dtype.isnative


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (6, "Index 6 is outside axis 0 of 6"),
        ((0, slice(None), -6), "Index -6 is outside axis 2 of 5"),
        ((0, 0, 0, 0), r"three axes \(frame, row, column\), not 4"),
        (None, "take no new axes"),
        (np.zeros((2, 2), int), "Axis 0 takes a number, a slice or a list of indices, not 2 axes"),
        (np.ones(5, bool), "is outside axis 0 of 6"),
    ],
)
def test_what_no_frames_can_be_indexed_by(key, says):
    with pytest.raises(IndexError, match=says):
        Counted()[key]


def test_as_an_array_they_are_read():
    assert np.asarray(Counted(), dtype=float).dtype == np.float64
    with pytest.raises(ValueError, match="without reading them"):
        Counted().__array__(copy=False)


def test_a_mean_is_that_of_the_frames():
    np.testing.assert_allclose(np.mean(Counted(), axis=0), COUNTS.mean(axis=0))
    assert Counted().mean(dtype=np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="a mean over axis 0 alone"):
        np.mean(Counted(), axis=1)


@pytest.mark.parametrize(("held", "sizes"), [(0, [1] * 6), (2 * 40, [2] * 3), (5 * 40, [5, 1]), (1e9, [6])])
def test_blocks_are_as_large_as_is_read_at_once(monkeypatch, held, sizes):
    monkeypatch.setattr(frames, "_BYTES_AT_ONCE", int(held))
    for one in (COUNTS, Counted()):
        blocks = list(frame_blocks(one))
        assert [len(block) for block in blocks] == sizes
        np.testing.assert_array_equal(np.concatenate(blocks), COUNTS)


def test_rows_that_are_kept_are_read_once():
    lazy = Counted()
    held = HeldRows(lazy, 2)
    for row in range(4):
        np.testing.assert_array_equal(held[:, row : row + 1], COUNTS[:, row : row + 1])
    assert [rows for _, rows, _ in lazy.read] == [slice(0, 2), slice(2, 4)]
    # Single frames, and more rows than are kept, pass by what is kept.
    np.testing.assert_array_equal(held[3], COUNTS[3])
    np.testing.assert_array_equal(held[:, :3], COUNTS[:, :3])
    assert [rows for _, rows, _ in lazy.read[2:]] == [slice(0, 4), slice(0, 3)]


def test_what_is_kept_cannot_be_changed_from_outside():
    held = HeldRows(Counted(), 4)
    held[:, :2][:] = 0
    np.testing.assert_array_equal(held[:, :2], COUNTS[:, :2])


def test_rows_that_come_together_are_known_to_what_lies_above():
    assert ChosenFrames(Counted(), np.array([0, 2])).rows_together == 4
    # A row of transposed frames is a column of the file.
    assert TransposedFrames(Counted()).rows_together == 5


def test_frames_of_an_array_stay_one():
    assert isinstance(chosen_frames(COUNTS, np.array([1])), np.ndarray)
    assert isinstance(chosen_frames(Counted(), np.array([1])), LazyFrames)
    assert repr(Counted()) == "Counted(shape=(6, 4, 5), dtype=uint16)"
