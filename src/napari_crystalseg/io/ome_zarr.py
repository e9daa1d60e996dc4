"""Volumes and labels read from OME-Zarr 0.4 and 0.5 (https://ngff.openmicroscopy.org)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, brief, lacks_memory
from .contents import ZARR_METADATA
from .grid import Grid, record_of, refined
from .single_slice import ONE_SLICE, THICKNESS
from .units import is_length, um_per
from .zarr_array import check_array

RECORD = "crystalseg"
"""Attribute of a store with the record of this package."""

# What our images are made of: levels with chunks. A group of labels, notes and the like are the user's.
_OURS = re.compile(r"(\d+/)?zarr\.json|\d+/c(/\d+)+")


def read_ome_zarr(path: str | Path) -> Grid:
    """Read the finest level of a multiscale image, with its scale.

    Axes other than z, y and x (channels, time) may have a length of one; z, y and x may stand in any order. A scale
    without a unit of length is none. An image of y and x without z is a single slice.

    Raises
    ------
    InputError
        No Zarr group, no ``multiscales``, several channels or times, other axes in space, a damaged chunk, or no values
        at all.
    """
    path = Path(path)
    attributes = _attributes(path)
    image, noted = _image(path, attributes), attributes.get(RECORD)
    record = record_of(noted)
    level = _first_level(path, image)
    with _damage_told(path):
        array = _open_array(path, level["path"])
    axes = _axes(path, image, array.shape)
    kept = {name: place for place, (name, _, type_) in enumerate(axes) if type_ == "space"}
    for place, (name, _, _) in enumerate(axes):
        if place not in kept.values() and array.shape[place] != 1:
            raise InputError(
                f"{path.name} has {array.shape[place]} values along '{name}'; a volume has one: save one channel and "
                "one time as an image of its own."
            )
    is_slice = set(kept) == set("yx")
    if len(kept) != 3 and not is_slice:
        raise InputError(f"{path.name} has {len(kept)} axes in space ({', '.join(kept)}) but a volume needs three.")
    order = [kept[name] for name in ("zyx" if set(kept) == set("zyx") else "yx" if is_slice else kept)]
    _check_chunks(path, level["path"], int(array.nchunks) if record else 1)
    dtype = np.dtype(array.dtype)

    def read(first: int, last: int) -> NDArray[Any]:
        key: list[slice | int] = [slice(None) if place in order else 0 for place in range(len(axes))]
        if not is_slice:
            key[order[0]] = slice(first, last)
        with _damage_told(path):
            block = np.asarray(_open_array(path, level["path"])[tuple(key)])
        # Axes in the order of the file, as the number 0 took the others away.
        block = block.transpose([sorted(order).index(place) for place in order])
        return block[np.newaxis] if is_slice else block

    # As thick as its pixels are wide.
    stated = _voxel_size(path, image, level, axes, [order[-1], *order] if is_slice else order)
    if not record and "image-label" in attributes.get("ome", attributes):
        record = {"kind": "labels"}
    shape = tuple(array.shape[place] for place in order)
    if is_slice:
        return Grid((1, *shape), dtype, read, refined(stated, record), record, THICKNESS, ONE_SLICE)
    return Grid(shape, dtype, read, refined(stated, record), record)


def is_volume(path: Path) -> bool:
    """Whether a store has one volume or slice, from its metadata alone: one channel and one time.

    True also for a damaged store, whose reading says what is wrong.
    """
    try:
        attributes = _attributes(path)
    except InputError:
        return not (path / ".zarray").is_file()
    try:
        image = _image(path, attributes)
        level = _first_level(path, image)
        array = _open_array(path, level["path"])
        axes = _axes(path, image, array.shape)
    except Exception:  # no image, or metadata that others understand better
        return False
    in_space = [name for name, _, type_ in axes if type_ == "space"]
    if len(in_space) != 3 and set(in_space) != set("yx"):
        return False
    return all(n == 1 for (_, _, type_), n in zip(axes, array.shape, strict=True) if type_ != "space")


def is_ours(path: Path) -> bool:
    """Whether a folder is an image that this package wrote, with nothing in it that it did not, so that it may go."""
    try:
        if RECORD not in _attributes(path):
            return False
    except InputError:
        return False
    files = (file for file in path.rglob("*") if not file.is_dir() or file.is_symlink())
    return all(_OURS.fullmatch(file.relative_to(path).as_posix()) for file in files)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:  # zarr meets damaged stores with many types of error
        if lacks_memory(error):
            raise
        raise InputError(f"{path.name} is damaged and cannot be read as Zarr ({brief(error)}).") from error


def _attributes(path: Path) -> dict[str, Any]:
    import zarr

    with _damage_told(path):
        node = zarr.open(str(path), mode="r")
        if not isinstance(node, zarr.Group):
            raise InputError(
                f"{path.name} is a bare Zarr array, without axes and scale of an image; save it as OME-Zarr, or "
                "as .npy or .tif."
            )
        return dict(node.attrs)


def _image(path: Path, attributes: Mapping[str, Any]) -> dict[str, Any]:
    described = attributes.get("ome", attributes)
    found = described.get("multiscales") if isinstance(described, Mapping) else None
    if isinstance(found, list) and found and isinstance(found[0], dict):
        return found[0]
    inside = sorted(one.name for one in path.iterdir() if one.is_dir())
    where = f"; open one of the images in it ({', '.join(inside[:5])})" if inside else ""
    raise InputError(f"{path.name} is a Zarr group without OME 'multiscales', so that it is no image{where}.")


def _first_level(path: Path, image: Mapping[str, Any]) -> dict[str, Any]:
    levels = image.get("datasets")
    if isinstance(levels, list) and levels and isinstance(levels[0], dict) and isinstance(levels[0].get("path"), str):
        return levels[0]
    raise InputError(f"The 'multiscales' of {path.name} list no datasets; the image is not complete.")


def _open_array(path: Path, level: str) -> Any:
    import zarr

    check_array(path, level)
    return zarr.open_array(str(path / level), mode="r")


def _axes(path: Path, image: Mapping[str, Any], shape: tuple[int, ...]) -> list[tuple[str, str, str]]:
    """Name, unit and type of each axis."""
    types = {"t": "time", "c": "channel"}
    axes = []
    for axis in image.get("axes") or ():
        named = axis if isinstance(axis, Mapping) else {"name": axis}
        name = str(named.get("name", "")).lower()
        axes.append((name, str(named.get("unit", "")), str(named.get("type", types.get(name, "space")))))
    if len(axes) != len(shape):
        raise InputError(
            f"{path.name} names {len(axes)} axes but its array has {len(shape)}; versions 0.4 and 0.5 of OME-Zarr are "
            "read."
        )
    return axes


def _check_chunks(path: Path, level: str, least: int) -> None:
    """Refuse a store that lacks chunks: Zarr gives zeros for them, which others may leave out on purpose."""
    files = (file for file in (path / level).rglob("*") if file.name not in ZARR_METADATA and file.is_file())
    found = sum(1 for _ in islice(files, least))
    if found == 0:
        raise InputError(f"The image data is absent from {path.name}: level {level} has no chunks; copy all of it.")
    if found < least:
        raise InputError(f"{path.name} lacks {least - found} of the {least} chunks of level {level}; copy all of it.")


def _voxel_size(
    path: Path, image: Mapping[str, Any], level: Mapping[str, Any], axes: list[tuple[str, str, str]], order: list[int]
) -> tuple[float, float, float] | None:
    scale = np.ones(len(axes))
    for holder in (level, image):
        for step in holder.get("coordinateTransformations") or ():
            if isinstance(step, Mapping) and step.get("type") == "scale":
                factors = np.asarray(step.get("scale", ()), dtype=float)
                if factors.shape != scale.shape:
                    raise InputError(f"The scale of {path.name} has {factors.size} numbers for {len(axes)} axes.")
                scale = scale * factors
    if not all(is_length(axes[place][1]) for place in order):
        return None
    z, y, x = (float(scale[place]) * um_per(axes[place][1]) for place in order)
    return z, y, x
