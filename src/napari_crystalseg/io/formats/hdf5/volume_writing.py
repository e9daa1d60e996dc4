"""Volumes and labels written to HDF5, as NeXus data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....texts.json_text import to_json
from ...files.atomic import replacing
from .groups import new_group, put

_CHUNK = 64
_HEADER_BYTES = 1 << 20


def write_hdf5_volume(
    data: NDArray[Any], voxel_size_um: tuple[float, float, float] | None, record: Mapping[str, Any], path: Path
) -> None:
    """Write a grid as NeXus data, chunked and compressed by what every HDF5 program has. Same values, same bytes.

    Parameters
    ----------
    data : ndarray of uint8 or float32, shape (z, y, x)
        Values.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm: the attributes ``voxel_size_um`` and, for ilastik and Fiji,
        ``element_size_um``; and the axes ``z``, ``y`` and ``x``, the middles of the voxels. None leaves out all three.
    record : mapping
        JSON-ready record, kept in ``entry/crystalseg``.
    path : Path
        File to write.
    """
    import h5py

    text = to_json(record).encode("utf-8")
    chunks = tuple(min(length, _CHUNK) for length in data.shape)
    # Edge chunks are stored whole; HDF5 crashes the process when it cannot write what its caches hold.
    stored = np.prod([-(-length // chunk) * chunk for length, chunk in zip(data.shape, chunks, strict=True)])
    room_bytes = int(stored) * data.itemsize * 101 // 100 + len(text) + _HEADER_BYTES
    with replacing(path, room_bytes) as partial, h5py.File(partial, "w", track_order=False) as file:
        file.attrs["default"] = "entry"
        entry = new_group(file, "entry", "NXentry", default="data")
        put(entry, "crystalseg", np.bytes_(text))
        group = new_group(entry, "data", "NXdata", signal="data")
        group.attrs["axes"] = np.array([b"z", b"y", b"x"])
        for axis, length, size in zip("zyx", data.shape, voxel_size_um or (), strict=False):
            put(group, axis, np.arange(length) * size, "um")
        dataset = group.create_dataset(
            "data",
            data.shape,
            data.dtype,
            chunks=chunks,
            compression="gzip",
            compression_opts=1,
            shuffle=True,
            track_times=False,
        )
        for name in () if voxel_size_um is None else ("voxel_size_um", "element_size_um"):
            dataset.attrs[name] = np.array(voxel_size_um)
        for first in range(0, data.shape[0], _CHUNK):
            dataset[first : first + _CHUNK] = data[first : first + _CHUNK]
