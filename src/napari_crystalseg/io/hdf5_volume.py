"""A volume or labels as a 3-D dataset of an HDF5 file, or a single slice as a 2-D one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .atomic import replacing, to_json
from .grid import Grid, record_from, refined
from .hdf5 import dataset_in, found_beside, lacking_source, new_group, opened, put, source_said, text_of
from .single_slice import ONE_SLICE, THICKNESS, as_volume, is_image, thickened

_RECORD = "entry/crystalseg"
_CHUNK = 64
_HEADER_BYTES = 1 << 20


def read_hdf5_volume(path: str | Path) -> Grid:
    """Read the one 3-D dataset of a file, with its scale from ``voxel_size_um`` or ``element_size_um``.

    Where there are several, the one named ``data`` or the one that NeXus marks as the signal is taken. In a file
    without any, a 2-D dataset is a single slice.

    Raises
    ------
    InputError
        No such dataset of numbers, or several to choose from.
    """
    path = Path(path)
    with opened(path) as file:
        dataset = _dataset(path, file)
        noted = dataset_in(file, _RECORD)
        record = record_from(text_of(dataset.attrs.get("crystalseg", "") if noted is None else noted))
        if (lacks := lacking_source(dataset)) is not None:
            raise InputError(f"The values of {dataset.name} in {path.name} are in another file, {lacks}.")
        stated = None
        is_slice = is_image(dataset.shape)
        assumed = THICKNESS if is_slice else None
        for name in ("voxel_size_um", "element_size_um"):
            if stated is None and name in dataset.attrs:
                sizes = np.asarray(dataset.attrs[name], dtype=float).reshape(-1)
                if is_slice and sizes.size == 2:
                    stated = thickened(tuple(sizes.tolist()))
                    continue
                if sizes.size not in (1, 3):
                    raise InputError(f"The {name} of {path.name} has {sizes.size} numbers; one or three are needed.")
                z, y, x = np.broadcast_to(sizes, 3).tolist()
                stated = (z, y, x)
                assumed = assumed if sizes.size == 1 else None
        name, shape = dataset.name, as_volume(dataset.shape)

        def read(first: int, last: int) -> NDArray[Any]:
            with opened(path) as again:
                stored = found_beside(again[name])
                return np.asarray(stored[()])[np.newaxis] if is_slice else np.asarray(stored[first:last])

        axes_assumed = ONE_SLICE if is_slice else None
        said = source_said(dataset, path)
        return Grid(shape, dataset.dtype, read, refined(stated, record), record, assumed, axes_assumed, said)


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


def has_volume(path: str | Path) -> bool:
    """Whether a file has 3-D datasets of numbers, or one single slice: several of two axes are rather tables."""
    with opened(path) as file:
        found, signals = _datasets(file)
        return bool(found) and (not is_image(found[0].shape) or 1 in (len(found), len(signals)))


def _dataset(path: Path, file: Any) -> Any:
    found, signals = _datasets(file)
    if not found:
        raise InputError(
            f"{path.name} holds no raw scan (NXtomo, Data Exchange), no 3-D dataset of numbers and no single slice (a "
            "2-D one)."
        )
    if len(found) == 1:
        return found[0]
    if len(signals) == 1:
        return signals[0]
    names = ", ".join(sorted(node.name for node in found)[:5])
    what = "single slices" if is_image(found[0].shape) else "volumes"
    raise InputError(f"{path.name} holds {len(found)} {what} ({names}); keep one a file.")


def _datasets(file: Any) -> tuple[list[Any], list[Any]]:
    """Every 3-D dataset of numbers once, or every 2-D one without any, and which are the signal of their group."""
    import h5py

    found: dict[int, dict[int, Any]] = {2: {}, 3: {}}
    signals: dict[int, list[Any]] = {2: [], 3: []}

    def look(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim in found and np.issubdtype(node.dtype, np.number):
            found[node.ndim].setdefault(h5py.h5o.get_info(node.id).addr, node)
            if name.rpartition("/")[2] == text_of(node.parent.attrs.get("signal", "data")):
                signals[node.ndim].append(node)

    file.visititems(look)
    axes = 3 if found[3] else 2
    return list(found[axes].values()), signals[axes]
