"""Check sums of labels, to tell whether they changed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .layer_place import finest, voxel_size_um
from .orientation import orientation_of

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer


SLAB_BYTES = 1 << 22
"""What is looked at in one turn of the event loop."""


def fingerprint(data: NDArray[Any]) -> int:
    """Short check sum of an array, to tell whether labels changed (not to tell who made them)."""
    sums = np.zeros(0, dtype=np.uint32)
    for _slab, so_far in sums_by_slab(data):
        sums = so_far
    return sum_of_planes(sums)


def sum_of_planes(sums: NDArray[np.uint32]) -> int:
    """Check sum of an array from those of its planes, shape (z,)."""
    return zlib.crc32(sums.tobytes())


def sums_of_planes(slab: NDArray[Any]) -> NDArray[np.uint32]:
    """Check sum of each plane of an array, shape (z,): after an edit only those that it touched are taken again."""
    return np.array([zlib.crc32(np.ascontiguousarray(plane).data) for plane in slab], dtype=np.uint32)


def fingerprint_with_voxel_size(layer: LabelsLayer, check_sum: int | None = None) -> int:
    """Check sum of a layer's labels, their voxel size and how they are turned: all that absorption factors depend on.

    Parameters
    ----------
    layer : napari.layers.Labels
        Labels.
    check_sum : int or None
        Check sum of its array, where it is known already.
    """
    if check_sum is None:
        check_sum = fingerprint(np.asarray(finest(layer)))
    try:
        place: Any = voxel_size_um(layer), orientation_of(layer)
    except InputError:
        place = None
    return zlib.crc32(repr(place).encode(), check_sum)


def sums_by_slab(data: Any) -> Iterator[tuple[NDArray[Any], NDArray[np.uint32]]]:
    """Yield ``(slab, check sums of the planes so far)`` over an array, so that the caller can pause between slabs.

    Parameters
    ----------
    data : array-like, shape (z, y, x)
        In memory, or lazy: of zarr or dask, or from a file. The check sums are those of the values, wherever they lie.
    """
    # Arrays of zarr and dask have neither a length nor bytes of their own.
    rows = max(1, SLAB_BYTES // max(1, data.dtype.itemsize * prod(data.shape[1:])))
    chunk = _rows_of_chunk(data)
    rows = max(1, rows // chunk) * chunk
    sums = np.zeros(0, dtype=np.uint32)
    for start in range(0, data.shape[0], rows):
        slab = np.ascontiguousarray(data[start : start + rows])
        sums = np.concatenate([sums, sums_of_planes(slab)])
        yield slab, sums


def _rows_of_chunk(data: Any) -> int:
    """Slices that are read at once anyway, of an array that lies in chunks."""
    chunks = getattr(data, "chunks", None)
    first: Any = chunks[0] if chunks else 1
    return int(first if np.ndim(first) == 0 else max(first, default=1)) or 1
