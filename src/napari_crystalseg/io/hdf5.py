"""What the HDF5 readers share: opening, frames, units."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

if TYPE_CHECKING:
    import h5py


@contextmanager
def opened(path: str | Path) -> Iterator[h5py.File]:
    """Open a file for reading, with the compression filters of beamlines at hand.

    Raises
    ------
    InputError
        The file, or a dataset read inside the block, is truncated or damaged.
    """
    import h5py

    try:
        # Registers bitshuffle, blosc, lz4 and others with the HDF5 library, by being imported.
        import hdf5plugin  # noqa: F401
    except ImportError:
        pass
    path = Path(path)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as HDF5 ({error}).") from error


def dataset_in(group: h5py.Group, name: str) -> h5py.Dataset | None:
    """Dataset of that name, or None when it is absent, not a dataset, or a link that leads nowhere."""
    import h5py

    try:
        found = group.get(name)
    except (KeyError, OSError, RuntimeError):
        return None
    return found if isinstance(found, h5py.Dataset) else None


def dangling(group: h5py.Group, name: str) -> str | None:
    """File that a link or a virtual dataset points to and that is not there; None when nothing is missing."""
    import h5py

    link = _link(group, name)
    dataset = dataset_in(group, name)
    if dataset is None:
        if isinstance(link, h5py.ExternalLink):
            return str(link.filename)
        return str(link.path) if isinstance(link, h5py.SoftLink) else None
    if dataset.is_virtual:
        # HDF5 fills the frames of a missing source with zeros and says nothing.
        folder = Path(dataset.file.filename).parent
        for source in dataset.virtual_sources():
            if source.file_name != "." and not (folder / source.file_name).exists():
                return str(source.file_name)
    return None


def _link(group: h5py.Group, name: str) -> Any:
    try:
        return group.get(name, getlink=True)
    except (KeyError, RuntimeError):
        return None


def frames(dataset: h5py.Dataset, chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """Frames (frame, row, column) that a mask over axis 0 chooses, read run by run: h5py's own mask is slow."""
    result = np.empty((int(chosen.sum()), *dataset.shape[1:]), dataset.dtype.newbyteorder("="))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], chosen.astype(np.int8), [0]))))
    filled = 0
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        result[filled : filled + stop - start] = dataset[start:stop]
        filled += stop - start
    return result


def text_of(value: Any) -> str:
    """Text of an HDF5 string, scalar or of one element."""
    item = np.asarray(value).reshape(-1)
    first = item[0] if item.size else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def number_with_unit(group: h5py.Group, name: str) -> tuple[float, str] | None:
    """First number of a dataset and its ``units``; None when absent, text, or not finite."""
    dataset = dataset_in(group, name)
    if dataset is None or dataset.size == 0 or not np.issubdtype(dataset.dtype, np.number):
        return None
    value = float(np.asarray(dataset[()], dtype=float).reshape(-1)[0])
    if not np.isfinite(value):
        return None
    return value, text_of(dataset.attrs.get("units", ""))
