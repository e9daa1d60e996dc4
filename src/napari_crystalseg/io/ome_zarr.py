"""Volumes and labels as OME-Zarr (https://ngff.openmicroscopy.org): versions 0.4 and 0.5 read, 0.5 written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..class_colours import CLASS_COLOURS
from ..errors import InputError
from ..labels import Material
from .atomic import replacing_folder
from .contents import ZARR_METADATA
from .grid import Grid, refined
from .pyramid import coarser_levels
from .units import is_length, um_per

RECORD = "crystalseg"
"""Attribute of a store with the record of this package."""

_CHUNK = 128
_VERSION = "0.5"


def read_ome_zarr(path: str | Path) -> Grid:
    """Read the finest level of a multiscale image, with its scale.

    Axes other than z, y and x (channels, time) may have a length of one; z, y and x may stand in any order. A scale
    without a unit of length is none.

    Raises
    ------
    InputError
        No Zarr group, no ``multiscales``, several channels or times, two axes, a damaged chunk, or no values at all.
    """
    path = Path(path)
    attributes = _attributes(path)
    image, record = _image(path, attributes), attributes.get(RECORD)
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
    if len(kept) != 3:
        raise InputError(f"{path.name} has {len(kept)} axes in space ({', '.join(kept)}) but a volume needs three.")
    order = [kept[name] for name in ("zyx" if set(kept) == set("zyx") else kept)]
    ours = isinstance(record, dict) and "kind" in record
    _check_chunks(path, level["path"], int(array.nchunks) if ours else 1)
    dtype = np.dtype(array.dtype)

    def read(first: int, last: int) -> NDArray[Any]:
        key: list[slice | int] = [slice(None) if place in order else 0 for place in range(len(axes))]
        key[order[0]] = slice(first, last)
        with _damage_told(path):
            block = np.asarray(_open_array(path, level["path"])[tuple(key)])
        # Axes in the order of the file, as the number 0 took the others away.
        return block.transpose([sorted(order).index(place) for place in order])

    stated = _voxel_size(path, image, level, axes, order)
    record = record if ours else {}
    if not record and "image-label" in attributes.get("ome", attributes):
        record = {"kind": "labels"}
    return Grid(tuple(array.shape[place] for place in order), dtype, read, refined(stated, record), record)


def write_ome_zarr(
    data: NDArray[Any], voxel_size_um: tuple[float, float, float], record: Mapping[str, Any], path: Path
) -> None:
    """Write a multiscale image of version 0.5 (Zarr 3). Same values, same files.

    Parameters
    ----------
    data : ndarray of uint8 or float32, shape (z, y, x)
        Labels, where ``record["kind"]`` says so, or greys. Coarser levels hold the most frequent class or the mean.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    record : mapping
        JSON-ready record, kept in the attribute ``crystalseg``.
    path : Path
        Folder to write. One that this package wrote is replaced, another is not touched.
    """
    import zarr

    labels = record["kind"] == "labels"
    with replacing_folder(path, is_ours) as partial:
        levels = chain([(data, (1, 1, 1))], coarser_levels(data, labels))
        root = zarr.create_group(str(partial), zarr_format=3)
        datasets = []
        for number, (level, factors) in enumerate(levels):
            # In the scale of the world the middle of a voxel counts: a coarse one lies between those it stands for.
            scale = [size * factor for size, factor in zip(voxel_size_um, factors, strict=True)]
            shift = [size * (factor - 1) / 2 for size, factor in zip(voxel_size_um, factors, strict=True)]
            transformations: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
            if number:
                transformations.append({"type": "translation", "translation": shift})
            datasets.append({"path": str(number), "coordinateTransformations": transformations})
            _write_level(root, str(number), level)
        ome: dict[str, Any] = {
            "version": _VERSION,
            "multiscales": [
                {
                    "name": str(record["kind"]),
                    "axes": [{"name": axis, "type": "space", "unit": "micrometer"} for axis in "zyx"],
                    "datasets": datasets,
                    "type": "mode" if labels else "mean",
                    "metadata": {
                        "description": f"the {'most frequent class' if labels else 'mean'} of 2 × 2 × 2 voxels"
                    },
                }
            ],
        }
        if labels:
            ome["image-label"] = {
                "colors": [
                    {"label-value": int(one), "rgba": [round(255 * part) for part in CLASS_COLOURS[one]]}
                    for one in Material
                ],
                "properties": [{"label-value": int(one), "class": one.title} for one in Material],
            }
        root.update_attributes({"ome": ome, RECORD: dict(record)})


def is_volume(path: Path) -> bool:
    """Whether a store has one volume, from its metadata alone: three axes in space, one channel and one time.

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
    lengths = [(type_, length) for (_, _, type_), length in zip(axes, array.shape, strict=True)]
    return sum(type_ == "space" for type_, _ in lengths) == 3 and all(
        n == 1 for type_, n in lengths if type_ != "space"
    )


def is_ours(path: Path) -> bool:
    """Whether a folder is an image that this package wrote, which it may replace."""
    try:
        return RECORD in _attributes(path)
    except InputError:
        return False


def _write_level(root: Any, name: str, level: NDArray[Any]) -> None:
    from zarr.codecs import BloscCodec, Crc32cCodec

    packed = BloscCodec(cname="zstd", clevel=3, shuffle="shuffle", typesize=level.dtype.itemsize)

    array = root.create_array(
        name=name,
        shape=level.shape,
        chunks=tuple(min(length, _CHUNK) for length in level.shape),
        dtype=level.dtype,
        # Blosc unpacks what is left of a truncated chunk without a word.
        compressors=(packed, Crc32cCodec()),
        dimension_names=("z", "y", "x"),
        fill_value=0,
        # So that a chunk that is missing was lost.
        config={"write_empty_chunks": True},
    )
    for first in range(0, level.shape[0], _CHUNK):
        array[first : first + _CHUNK] = level[first : first + _CHUNK]


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:  # zarr meets damaged stores with many types of error
        text = " ".join(str(error).split())
        raise InputError(f"{path.name} is damaged and cannot be read as Zarr ({text}).") from error


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
    if isinstance(levels, list) and levels and isinstance(levels[0], dict) and "path" in levels[0]:
        return levels[0]
    raise InputError(f"The 'multiscales' of {path.name} list no datasets; the image is not complete.")


def _open_array(path: Path, level: str) -> Any:
    import zarr

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
