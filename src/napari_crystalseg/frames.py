"""Frames that stay in their file until they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

# As much of a file as is read in one go where all frames pass one after the other.
_BYTES_AT_ONCE = 64 * 2**20


def frame_blocks(frames: Any) -> Iterator[NDArray[Any]]:
    """Iterate over frames (frame, row, column) of an array or a file, some at a time, shape (some, row, column)."""
    at_once = max(1, _BYTES_AT_ONCE // max(1, frames.nbytes // max(1, len(frames))))
    for first in range(0, len(frames), at_once):
        yield frames[first : first + at_once]


class LazyFrames(ABC):
    """Frames (frame, row, column) of a file, read part by part: a scan larger than memory opens at once.

    Indexing reads what is asked for, and nothing else, into a new array. The three axes are indexed independently:
    by a number, a slice, or a list or mask of indices. ``np.asarray`` reads everything. An object holds no open file,
    and can be pickled to another process on the same machine.

    Parameters
    ----------
    shape : (int, int, int)
        Number of (frames, rows, columns).
    dtype : dtype
        Of the values, in the byte order of this machine.

    Raises
    ------
    InputError
        When it is read: the file has changed since it was opened, or it is truncated.
    """

    ndim = 3

    rows_together = 1
    """Rows that the file gives at once: where frames are compressed whole, reading fewer takes as long."""

    def __init__(self, shape: tuple[int, int, int], dtype: DTypeLike) -> None:
        self.shape = (int(shape[0]), int(shape[1]), int(shape[2]))
        self.dtype: np.dtype[Any] = np.dtype(dtype).newbyteorder("=")

    @property
    def size(self) -> int:
        """Number of values."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def nbytes(self) -> int:
        """Bytes of all frames, when they are read."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype})"

    def __getitem__(self, key: Any) -> NDArray[Any]:
        keys = _key_of_each_axis(key)
        indices = [_indices(one, length, axis) for axis, (one, length) in enumerate(zip(keys, self.shape, strict=True))]
        frames, rows, columns = (np.atleast_1d(index) for index in indices)
        if not (frames.size and rows.size and columns.size):
            return np.empty(tuple(len(index) for index in indices if index.ndim), self.dtype)
        # The box around what is asked for, in the order of the file.
        ordered, order = np.unique(frames, return_inverse=True)
        box = self._read(ordered, slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
        result: NDArray[Any] = box
        picks = (order.reshape(-1), rows - rows.min(), columns - columns.min())
        for axis, pick in enumerate(picks):
            if not np.array_equal(pick, np.arange(result.shape[axis])):
                result = np.take(result, pick, axis=axis)
        return result[tuple(slice(None) if index.ndim else 0 for index in indices)]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        for block in self.blocks():
            yield from block

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("Frames of a file cannot be given as an array without reading them.")
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Iterate over all frames, some at a time, shape (some, row, column)."""
        return frame_blocks(self)

    def mean(self, axis: int = 0, dtype: DTypeLike | None = None, out: None = None) -> NDArray[Any]:
        """Mean over the frames, shape (row, column), with some frames in memory at a time; ``axis`` is 0."""
        if axis != 0 or out is not None:
            raise ValueError("Frames of a file have a mean over axis 0 alone; read them for another.")
        total = np.zeros(self.shape[1:], np.float64)
        for block in self.blocks():
            total += block.sum(axis=0, dtype=np.float64)
        return (total / len(self)).astype(dtype or np.float64, copy=False)

    @abstractmethod
    def _read(self, frames: NDArray[np.intp], rows: slice, columns: slice) -> NDArray[Any]:
        """Read a box; the numbers of the frames ascend, and no slice has a step."""

    @abstractmethod
    def _source(self) -> str:
        """Name of the file, for what is told about it."""


class HeldRows(LazyFrames):
    """Frames of a file, some rows of which are kept, for work that passes over them from the first row to the last.

    Frames that are compressed whole are so unpacked once for many slabs of rows, and not again for each.

    Parameters
    ----------
    frames : LazyFrames
        Of the file.
    at_once : int
        Rows that are read together and kept.
    """

    def __init__(self, frames: LazyFrames, at_once: int) -> None:
        super().__init__(frames.shape, frames.dtype)
        self._frames = frames
        self._at_once = at_once
        self._first = 0
        self._held: NDArray[Any] | None = None

    def _read(self, frames: NDArray[np.intp], rows: slice, columns: slice) -> NDArray[Any]:
        if len(frames) < len(self) or rows.stop - rows.start > self._at_once:
            return self._frames._read(frames, rows, columns)
        if self._held is None or not self._first <= rows.start < rows.stop <= self._first + self._held.shape[1]:
            # The rows before are freed first, so that both are never in memory together.
            self._held = None
            self._first = rows.start
            last = min(rows.start + self._at_once, self.shape[1])
            self._held = self._frames._read(frames, slice(rows.start, last), slice(0, self.shape[2]))
        return self._held[:, rows.start - self._first : rows.stop - self._first, columns].copy()

    def _source(self) -> str:
        return self._frames._source()


class ChosenFrames(LazyFrames):
    """Some frames of a file.

    Parameters
    ----------
    frames : LazyFrames
        Of the file.
    chosen : ndarray of int, shape (chosen,)
        Their numbers, ascending.
    """

    def __init__(self, frames: LazyFrames, chosen: NDArray[np.intp]) -> None:
        super().__init__((len(chosen), *frames.shape[1:]), frames.dtype)
        self._frames = frames
        self._chosen = np.asarray(chosen, dtype=np.intp)
        self.rows_together = frames.rows_together

    def _read(self, frames: NDArray[np.intp], rows: slice, columns: slice) -> NDArray[Any]:
        return self._frames._read(self._chosen[frames], rows, columns)

    def _source(self) -> str:
        return self._frames._source()


class TransposedFrames(LazyFrames):
    """Frames of a file with rows and columns exchanged.

    Parameters
    ----------
    frames : LazyFrames
        Of the file.
    """

    def __init__(self, frames: LazyFrames) -> None:
        count, rows, columns = frames.shape
        super().__init__((count, columns, rows), frames.dtype)
        self._frames = frames
        # A row here is a column there, for which whole frames are read.
        self.rows_together = columns

    def _read(self, frames: NDArray[np.intp], rows: slice, columns: slice) -> NDArray[Any]:
        return self._frames._read(frames, columns, rows).transpose(0, 2, 1)

    def _source(self) -> str:
        return self._frames._source()


def chosen_frames(frames: Any, chosen: NDArray[np.intp]) -> Any:
    """Take some frames of an array, or of a file without reading them."""
    return ChosenFrames(frames, chosen) if isinstance(frames, LazyFrames) else frames[chosen]


def transposed_frames(frames: Any) -> Any:
    """Exchange rows and columns of the frames of an array, or of a file without reading them."""
    return TransposedFrames(frames) if isinstance(frames, LazyFrames) else frames.transpose(0, 2, 1)


def _key_of_each_axis(key: Any) -> tuple[Any, Any, Any]:
    keys = list(key) if isinstance(key, tuple) else [key]
    if any(one is None for one in keys):
        raise IndexError("Frames of a file take no new axes; read them first.")
    place = next((place for place, one in enumerate(keys) if one is Ellipsis), len(keys))
    keys[place : place + 1] = [slice(None)] * (3 - len(keys) + (place < len(keys)))
    if len(keys) != 3:
        raise IndexError(f"Frames have three axes (frame, row, column), not {len(keys)}.")
    return keys[0], keys[1], keys[2]


def _indices(key: Any, length: int, axis: int) -> NDArray[np.intp]:
    everything = np.arange(length)
    try:
        found = np.asarray(everything[key])
    except IndexError as error:
        raise IndexError(f"Index {key!r} is outside axis {axis} of {length}.") from error
    if found.ndim > 1:
        raise IndexError(f"Axis {axis} takes a number, a slice or a list of indices, not {found.ndim} axes of them.")
    return found
