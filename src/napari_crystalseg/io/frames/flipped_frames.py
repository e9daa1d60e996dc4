"""Frames that lie in their file as in a mirror."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...frames import LazyFrames


class FlippedFrames(LazyFrames):
    """Frames of a file whose rows, columns or both run the other way.

    Parameters
    ----------
    frames : LazyFrames
        As they lie in the file.
    rows, columns : bool
        What is turned round.
    """

    def __init__(self, frames: LazyFrames, rows: bool, columns: bool) -> None:
        super().__init__(frames.shape, frames.dtype)
        self._frames = frames
        self._flips = (rows, columns)
        self.rows_together = frames.rows_together

    def _read(self, frames: NDArray[np.intp], rows: slice, columns: slice) -> NDArray[Any]:
        stored = [
            slice(length - part.stop, length - part.start) if flip else part
            for part, length, flip in zip((rows, columns), self.shape[1:], self._flips, strict=True)
        ]
        values = self._frames._read(frames, *stored)
        step_rows, step_columns = (-1 if flip else 1 for flip in self._flips)
        return np.ascontiguousarray(values[:, ::step_rows, ::step_columns])

    def _source(self) -> str:
        return self._frames._source()


def flipped(frames: Any, rows: bool, columns: bool) -> Any:
    """Return frames (frame, row, column) with rows and columns turned round, which stay in their file if they do."""
    if not (rows or columns):
        return frames
    if isinstance(frames, LazyFrames):
        return FlippedFrames(frames, rows, columns)
    return frames[:, :: -1 if rows else 1, :: -1 if columns else 1]
