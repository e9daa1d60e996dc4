"""Frames of an HDF5 dataset, read when they are asked for."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .....errors import InputError
from .....frames import LazyFrames
from ..file import open_hdf5
from ..linked_files import with_files_beside

if TYPE_CHECKING:
    import h5py


class Hdf5Frames(LazyFrames):
    """Some frames of a dataset with the axes (frame, row, column), among further axes of length one.

    The file is opened for each read. Where frames are compressed whole, reading a few rows of each takes as long as
    reading all: ask for many rows at once.

    Parameters
    ----------
    path : path
        File.
    dataset : h5py.Dataset
        Open dataset of integers or floats.
    chosen : array of int or of bool
        Which frames of it, ascending; a mask over all, or their numbers.

    Raises
    ------
    InputError
        Not numbers, or axes of which it cannot be told which are frames, rows and columns.
    """

    def __init__(self, path: str | Path, dataset: h5py.Dataset, chosen: ArrayLike) -> None:
        self.path = Path(path).absolute()
        self._name = dataset.name
        # A link may lead to another file, whose own name for the dataset this is.
        self._file = Path(dataset.file.filename).absolute()
        self._frame_axis = frame_axis(self.path, dataset)
        picked = np.asarray(chosen)
        self._chosen = np.flatnonzero(picked) if picked.dtype == bool else picked.astype(np.intp)
        self._stamp = _stamp(self._file)
        self.rows_together = dataset.chunks[-2] if dataset.chunks else 1
        super().__init__((len(self._chosen), *dataset.shape[-2:]), dataset.dtype)

    def _read(self, frames: NDArray[np.intp], rows: slice, columns: slice) -> NDArray[Any]:
        try:
            changed = _stamp(self._file) != self._stamp
        except OSError as error:
            raise InputError(f"{self._file.name} cannot be read any more ({error.strerror}); open it again.") from error
        if changed:
            raise InputError(f"{self._file.name} has changed since it was opened; open it again.")
        stored = self._chosen[frames]
        result = np.empty((len(stored), rows.stop - rows.start, columns.stop - columns.start), self.dtype)
        # Run by run: h5py reads lists of indices slowly.
        edges = np.flatnonzero(np.diff(stored, prepend=stored[0] - 2, append=stored[-1] + 2) != 1)
        with open_hdf5(self._file) as file:
            dataset = with_files_beside(file[self._name])
            ahead: list[slice | int] = [0] * (dataset.ndim - 2)
            for start, stop in pairwise(edges):
                ahead[self._frame_axis] = slice(int(stored[start]), int(stored[stop - 1]) + 1)
                dataset.read_direct(result, (*ahead, rows, columns), np.s_[start:stop])
        return result

    def _source(self) -> str:
        return self.path.name


def frame_axis(path: Path, dataset: h5py.Dataset) -> int:
    """Axis along which the frames lie: of the axes before (row, column), the only one longer than one.

    Raises
    ------
    InputError
        Not real numbers, fewer than three axes, no values, or several such axes (several scans in one dataset).
    """
    shape = dataset.shape or ()
    if not (np.issubdtype(dataset.dtype, np.integer) or np.issubdtype(dataset.dtype, np.floating)):
        raise InputError(f"The image data of {path.name} is {dataset.dtype}; real numbers are needed.")
    if len(shape) < 3:
        raise InputError(f"The image data of {path.name} has {len(shape)} axes; (frame, row, column) is needed.")
    if 0 in shape:
        raise InputError(f"The image data of {path.name} is empty (shape {shape}); the scan was perhaps not finished.")
    long = [axis for axis, length in enumerate(shape[:-2]) if length > 1]
    if len(long) > 1:
        raise InputError(
            f"The image data of {path.name} has {len(shape)} axes (shape {shape}), so that it holds several scans; "
            "save one of them with the axes (frame, row, column)."
        )
    return long[0] if long else len(shape) - 3


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
