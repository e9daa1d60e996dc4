"""A volume or labels as a 3-D dataset of an HDF5 file, or a single slice as a 2-D one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...json_text import to_json
from ..files.atomic import replacing
from ..grids.axes import arranged
from ..grids.axis_values import AxisValues, scale_along, upwards
from ..grids.choice import ONLY, Choice, listed, several
from ..grids.grid import Grid, record_from
from ..grids.scale import Scale, scale_from
from ..grids.single_slice import is_image
from .axes import axis_names, axis_values, resolutions_not_used
from .hdf5 import (
    checked_source,
    dangling,
    dataset_in,
    found_beside,
    linked_files,
    new_group,
    opened,
    put,
    source_said,
    text_of,
)
from .unwritten import unwritten_said
from .volume_statements import Hdf5Statements

_RECORD = "entry/crystalseg"
_CHUNK = 64
_HEADER_BYTES = 1 << 20
_MATLAB = (
    "an array of MATLAB, whose axes HDF5 holds in reverse: taken as z, y, x as stored (--axes zxy exchanges rows and "
    "columns)"
)


def read_hdf5_volume(path: str | Path, choice: Choice = ONLY) -> Grid:
    """Read the one 3-D dataset of a file, with the axes and the voxel size that the file states.

    Where there are several, the one that NeXus marks as the default, or as the only signal, is taken, and told. In a
    file without any, a 2-D dataset is a single slice. An axis whose values run downwards is turned over.

    Raises
    ------
    InputError
        No such dataset of numbers, several to choose from, or axes that cannot be told.
    """
    path = Path(path)
    with opened(path) as file:
        chosen: list[str] = []
        dataset, name = _dataset(path, file, choice, chosen)
        noted = dataset_in(file, _RECORD)
        record = record_from(text_of(dataset.attrs.get("crystalseg", "") if noted is None else noted))
        checked_source(path, dataset)
        names = axis_names(dataset) if choice.axes is None else []
        lay = arranged(dataset.shape, names, choice.axes, choice.picks)
        values: list[AxisValues | None] = [None] * dataset.ndim
        beside = Hdf5Statements.of(dataset, names)

        def stated() -> Scale:
            values[:] = axis_values(dataset, names)
            sizes, taken = beside.sizes_um(axis_known=all(values[axis] is not None for axis in lay.order))
            found = scale_along(lay, sizes, values, dataset.name)
            return replace(found, assumed=(*found.assumed, *taken))

        scale = scale_from(stated, record)
        lay = upwards(lay, values)

        def read(first: int, last: int) -> NDArray[Any]:
            with opened(path) as again:
                return lay.laid(np.asarray(found_beside(again[name])[lay.key(first, last)]))

        sources = source_said(dataset, path)
        matlab = _MATLAB if "MATLAB_class" in dataset.attrs and not any(names) and choice.axes is None else None
        said = (sources, unwritten_said(dataset), matlab)
        assumed = (
            *lay.assumed,
            *chosen,
            *(one for one in said if one is not None),
            *(() if record else (*beside.unread, *resolutions_not_used(dataset))),
        )
        return Grid(lay.shape, dataset.dtype, read, scale, record, assumed, tuple(linked_files(dataset, path)))


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
        found = _datasets(file) or list(_linked(file).values())
        if not found:
            return False
        return not is_image(found[0].shape) or len(found) == 1 or len(_signals(found)) == 1


def _dataset(path: Path, file: Any, choice: Choice, told: list[str]) -> tuple[Any, str]:
    """The volume and its name in this file; where it was chosen among several, ``told`` says so."""
    if choice.dataset is not None:
        wanted = dataset_in(file, choice.dataset)
        if wanted is None or not np.issubdtype(wanted.dtype, np.number):
            names = sorted(node.name for node in _datasets(file))
            raise InputError(f"There is no dataset of numbers '{choice.dataset}'; there are {listed(names) or 'none'}.")
        return wanted, choice.dataset
    found, linked = _datasets(file), _linked(file)
    if not found and linked:
        if len(linked) == 1:
            return next((dataset, name) for name, dataset in linked.items())
        raise several(sorted(linked), "volumes")
    if linked:
        told.append(f"links to datasets in other files are not followed: {listed(sorted(linked))}")
    if not found and (lacks := _lacking(file)) is not None:
        raise InputError(f"The values of {lacks}.")
    if not found:
        raise InputError(
            f"{path.name} holds no raw scan (NXtomo, Data Exchange), no 3-D dataset of numbers and no single slice (a "
            "2-D one)."
        )
    by_axes = _by_axes(file)
    if by_axes[3] and by_axes[4]:
        told.append(f"datasets of more axes than three ({listed([one.name for one in by_axes[4]])}): not used")
    if len(found) == 1:
        return found[0], found[0].name
    default, signals = _default(file), _signals(found)
    for one, why in ((default, "that NeXus marks as the default"), (signals[0] if len(signals) == 1 else None, None)):
        if one is not None and one in found:
            others = listed(sorted(node.name for node in found if node != one))
            told.append(f"of {len(found)} datasets {one.name} is taken, {why or 'the signal'}; not used: {others}")
            return one, one.name
    names = sorted(node.name for node in found)
    raise several(names, "single slices" if is_image(found[0].shape) else "volumes")


def _by_axes(file: Any) -> dict[int, list[Any]]:
    """Every dataset of numbers once, by its number of axes: two, three, or four for more.

    Of more axes than three, those of length one do not count.
    """
    import h5py

    found: dict[int, dict[int, Any]] = {2: {}, 3: {}, 4: {}}

    def look(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim >= 2 and np.issubdtype(node.dtype, np.number):
            long = node.ndim if node.ndim <= 3 else max(3, sum(length > 1 for length in node.shape))
            found[min(long, 4)].setdefault(h5py.h5o.get_info(node.id).addr, node)

    file.visititems(look)
    return {axes: list(nodes.values()) for axes, nodes in found.items()}


def _datasets(file: Any) -> list[Any]:
    """Datasets that may be the volume: those of three axes, or of more where there is none, or else of two."""
    found = _by_axes(file)
    return found[3] or found[4] or found[2]


def _linked(file: Any) -> dict[str, Any]:
    """Every dataset of numbers of three axes or more that an external link leads to, by its name in this file."""
    import h5py

    found: dict[str, Any] = {}

    def look(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.ndim >= 3 and np.issubdtype(node.dtype, np.number):
            found[name] = node

    for link in _links(file):
        # A broken one, or one to a pipe, is not followed.
        if dangling(file, link) is None:
            behind = file.get(link)
            if isinstance(behind, h5py.Group):
                behind.visititems(lambda name, node, link=link: look(f"{link}/{name}", node))
            elif behind is not None:
                look(link, behind)
    return found


def _lacking(file: Any) -> str | None:
    """The first link of a file that leads nowhere, and why; None where there is none."""
    broken = ((name, dangling(file, name)) for name in _links(file))
    return next(
        (f"/{name} in {Path(file.filename).name} are in another file, {why}" for name, why in broken if why), None
    )


def _links(file: Any) -> list[str]:
    """Names of the external links of a file."""
    import h5py

    names: list[str] = []
    file.visititems_links(lambda name, link: names.append(name) if isinstance(link, h5py.ExternalLink) else None)
    return sorted(names)


def _signals(found: list[Any]) -> list[Any]:
    """Those that NeXus marks as the signal of their group, or else those called ``data``."""
    marked = [
        node
        for node in found
        if node.name.rpartition("/")[2] == text_of(node.parent.attrs.get("signal", ""))
        or text_of(node.attrs.get("signal", "")) == "1"
    ]
    return marked or [node for node in found if node.name.rpartition("/")[2] == "data"]


def _default(file: Any) -> Any:
    """The signal that the chain of ``default`` leads to from the root, None where there is none."""
    group = file
    for _ in range(8):
        name = text_of(group.attrs.get("default", ""))
        if not name:
            break
        following = group.get(name)
        if following is None or not hasattr(following, "attrs"):
            return None
        if not hasattr(following, "keys"):
            return following
        group = following
    signal = text_of(group.attrs.get("signal", ""))
    return dataset_in(group, signal) if group != file and signal else None
