"""Volumes and labels read from OME-Zarr (https://ngff.openmicroscopy.org) and from plain Zarr arrays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError, lacks_memory, shortened
from ....labels import Material
from ....texts.json_text import parse_json
from ...assumed.unread import unread
from ...grids.axes import find_arrangement
from ...grids.axis_values import AxisValues, scale_along, with_ascending_axes
from ...grids.choice import ONLY, Choice, choice_needed
from ...grids.grid import Grid, record_of, refuse_what_is_no_number
from ...grids.scale import Scale, scale_from
from ...grids.single_slice import THICKNESS
from ...grids.stated_size import read_names, stated_sizes_um
from .image_scale import image_axes, image_scale
from .metadata import ZARR_METADATA
from .zarr_array import check_array

RECORD = "crystalseg"
"""Attribute of a store with the record of this package."""

_READ = frozenset({RECORD, "ome", "multiscales", "omero", "image-label", "labels", "_ARRAY_DIMENSIONS"})
# What our images are made of: levels with chunks. A group of labels, notes and the like are the user's.
_OURS = re.compile(r"(\d+/)?zarr\.json|\d+/c(/\d+)+")


def read_ome_zarr(path: str | Path, choice: Choice = ONLY) -> Grid:
    """Read the finest level of a multiscale image with its scale, or a plain array without one.

    Axes other than z, y and x (channels, time) have a length of one, or one of their values is chosen; z, y and x may
    stand in any order. A scale without a unit of length is none, and is told. An image of y and x without z is a single
    slice.

    Raises
    ------
    InputError
        Neither an image nor one array, several of them, several channels or times, other axes in space, a damaged
        chunk, or no values at all.
    """
    path = Path(path)
    node, attributes = _node(path)
    image = None if node is not None else _image(path, attributes, choice)
    if image is None and node is None and (inner := _image_within(path, choice)) is not None:
        grid = read_ome_zarr(path / inner, replace(choice, dataset=None))
        return replace(grid, assumed=(*grid.assumed, f"the image {inner} in the Zarr group is taken"))
    record = record_of(attributes.get(RECORD))
    assumed: list[str] = []
    if image is None:
        place = "" if node == "" else _plain_array(path, choice, assumed)
        with _explaining_damage(path):
            array = _open_array(path, place)
        axes = [(name, "") for name in _dimension_names(array)]
    else:
        place = _finest_level(path, image, assumed)["path"]
        with _explaining_damage(path):
            array = _open_array(path, place)
        axes = image_axes(path, image, array.shape)
    refuse_what_is_no_number(array.dtype, path.name)
    names = [name for name, _ in axes]
    lay = find_arrangement(array.shape, names, choice.axes, choice.picks)
    _check_chunks(path, place, int(array.nchunks) if record else 1)
    dtype = np.dtype(array.dtype)
    own = dict(array.attrs)
    values: list[AxisValues | None] = [None] * array.ndim

    def stated() -> Scale:
        if image is not None:
            found = image_scale(path, image, place, axes, lay)
            return replace(found, assumed=(*found.assumed, THICKNESS)) if lay.is_slice else found
        if choice.axes is None:
            values[:] = _axis_values(path, place, names, array.shape)
        return scale_along(lay, stated_sizes_um({**attributes, **own}), values, path.name)

    scale = scale_from(stated, record)
    lay = with_ascending_axes(lay, values)

    def read(first: int, last: int) -> NDArray[Any]:
        with _explaining_damage(path):
            block = np.asarray(_open_array(path, place)[lay.key(first, last)])
        return lay.laid(block)

    if not record:
        known = _READ if image is not None else {*_READ, *read_names({**attributes, **own})}
        assumed += unread({**attributes, **own}, f"attributes of {path.name}", known)
        assumed += _absent_chunks(array)
        assumed += _class_names(attributes)
    if not record and "image-label" in _described(attributes):
        record = {"kind": "labels"}
    return Grid(lay.shape, dtype, read, scale, record, (*lay.assumed, *assumed))


def is_volume(path: Path) -> bool:
    """Whether a store has one volume or slice, from its metadata alone: one channel and one time.

    True also for a damaged store, whose reading says what is wrong; False for a plain array, which others show as well.
    """
    try:
        node, attributes = _node(path)
        if node is not None:
            return False
    except InputError:
        return True
    found = _described(attributes).get("multiscales")
    try:
        image = found[0]  # type: ignore[index]
        array = _open_array(path, image["datasets"][0]["path"])
        lay = find_arrangement(array.shape, [name for name, _ in image_axes(path, image, array.shape)])
    except Exception:  # no image, or metadata that others understand better
        return False
    return len(lay.order) in (2, 3)


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
def _explaining_damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:  # zarr meets damaged stores with many types of error
        if lacks_memory(error):
            raise
        raise InputError(f"{path.name} is damaged and cannot be read as Zarr ({shortened(error)}).") from error


def _node(path: Path) -> tuple[str | None, dict[str, Any]]:
    """Place of the array, "" where the store is one by itself and None where it is a group; and the attributes."""
    import zarr

    with _explaining_damage(path):
        if _is_array(path):
            check_array(path, "")
        node = zarr.open(str(path), mode="r")
        return None if isinstance(node, zarr.Group) else "", dict(node.attrs)


def _is_array(path: Path) -> bool:
    """Whether a store is an array by itself, by its metadata alone."""
    if not (path / "zarr.json").is_file():
        return (path / ".zarray").is_file()
    stated = parse_json((path / "zarr.json").read_bytes())
    return isinstance(stated, Mapping) and stated.get("node_type") == "array"


def _attributes(path: Path) -> dict[str, Any]:
    return _node(path)[1]


def _image(path: Path, attributes: Mapping[str, Any], choice: Choice) -> dict[str, Any] | None:
    """The multiscale image that is wanted; None for a group that has none, whose arrays are taken as they are."""
    found = _described(attributes).get("multiscales")
    images = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    if not images:
        return None
    if len(images) == 1 and choice.dataset is None:
        return images[0]
    names = [str(one.get("name") or number) for number, one in enumerate(images)]
    names = [name if names.count(name) == 1 else str(number) for number, name in enumerate(names)]
    chosen = choice.among(names, "image")
    if chosen is None:
        raise choice_needed(names, "images")
    return images[names.index(chosen)]


def _plain_array(path: Path, choice: Choice, assumed: list[str]) -> str:
    """Path of the one array of a group without an image."""
    import zarr

    with _explaining_damage(path):
        group = zarr.open_group(str(path), mode="r")
        arrays = {name: one.ndim for name, one in group.members(max_depth=3) if isinstance(one, zarr.Array)}
    if (chosen := choice.among(arrays, "array")) is not None:
        return chosen
    found = [name for name, ndim in arrays.items() if ndim >= 3] or [name for name, ndim in arrays.items() if ndim == 2]
    if len(found) > 1:
        raise choice_needed(sorted(found), "arrays")
    if not found:
        inside = sorted(one.name for one in path.iterdir() if one.is_dir())
        where = f"; open one of the images in it ({', '.join(inside[:5])})" if inside else ""
        raise InputError(f"{path.name} is a Zarr group without OME 'multiscales', so that it is no image{where}.")
    assumed.append(f"no OME 'multiscales' in the Zarr group: its array {found[0]} is taken")
    return found[0]


def _image_within(path: Path, choice: Choice) -> str | None:
    """Place of the one multiscale image in the groups of a store, as Bio-Formats lays them; None where there is none.

    Raises
    ------
    InputError
        Several, of which none is chosen.
    """
    import zarr

    with _explaining_damage(path):
        group = zarr.open_group(str(path), mode="r")
        found = [
            name
            for name, one in group.members(max_depth=2)
            if isinstance(one, zarr.Group) and "multiscales" in _described(one.attrs)
        ]
    # Images in images are labels.
    found = [name for name in found if not any(name.startswith(f"{other}/") for other in found)]
    if not found:
        return None
    if choice.dataset is not None:
        wanted = choice.dataset.strip("/")
        return wanted if wanted in found else None
    if len(found) > 1:
        raise choice_needed(sorted(found), "images")
    return found[0]


def _described(attributes: Any) -> Mapping[str, Any]:
    """What OME-Zarr states: under ``ome`` since 0.5."""
    described = dict(attributes).get("ome", dict(attributes))
    return described if isinstance(described, Mapping) else {}


def _axis_values(path: Path, place: str, names: Sequence[str], shape: tuple[int, ...]) -> list[AxisValues | None]:
    """Values along each axis of a plain array: the array beside it that has the name of the axis, as xarray has it."""
    found: list[AxisValues | None] = []
    group = place.rpartition("/")[0]
    for name, length in zip(names, shape, strict=False):
        beside = "/".join(part for part in (group, name) if part)
        if not place or not name or not any((path / beside / one).is_file() for one in ZARR_METADATA):
            found.append(None)
            continue
        with _explaining_damage(path):
            array = _open_array(path, beside)
            unit = str(array.attrs.get("units", ""))
            found.append(AxisValues.of(array[:], unit, length, name) if array.ndim == 1 else None)
    return found + [None] * (len(shape) - len(found))


def _absent_chunks(array: Any) -> list[str]:
    """Say how much of an array has no chunks, as writers may leave out on purpose what is all fill value."""
    needed, found = int(array.nchunks), int(array.nchunks_initialized)
    if found >= needed:
        return []
    fill = f"{array.fill_value or 0:.6g}"
    return [f"{needed - found} of {needed} chunks are not there, as of parts that are {fill} all over, and read so"]


def _class_names(attributes: Mapping[str, Any]) -> list[str]:
    """Say of classes that a store of labels names otherwise than the codes of this package."""
    stated = _described(attributes).get("image-label")
    properties = stated.get("properties") if isinstance(stated, Mapping) else None
    told = []
    for one in properties if isinstance(properties, list) else ():
        if not isinstance(one, Mapping) or not isinstance(code := one.get("label-value"), int):
            continue
        name = next((str(value) for key, value in one.items() if key != "label-value" and isinstance(value, str)), "")
        ours = next((material.title for material in Material if int(material) == code), None)
        if name and (ours is None or name.strip().lower() != ours.lower()):
            told.append(f"{code} {shortened(name)}")
    if not told:
        return []
    codes = ", ".join(f"{int(material)} {material.title}" for material in Material)
    return [f"names of classes in the file ({', '.join(told[:8])}): not used, codes are taken as {codes}"]


def _dimension_names(array: Any) -> list[str]:
    """Names that a plain array gives its axes: those of Zarr 3, or of xarray."""
    names = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS") or ()
    return [str(name or "") for name in names]


def _finest_level(path: Path, image: Mapping[str, Any], assumed: list[str]) -> dict[str, Any]:
    levels = image.get("datasets")
    levels = (
        [one for one in levels if isinstance(one, dict) and isinstance(one.get("path"), str)]
        if isinstance(levels, list)
        else []
    )
    if not levels:
        raise InputError(f"The 'multiscales' of {path.name} list no datasets; the image is not complete.")
    # The first is the finest by the specification, and is not in every file.
    with _explaining_damage(path):
        sizes = [_voxels(path, one["path"]) for one in levels]
    finest = int(np.argmax(sizes))
    absent = [one["path"] for one, size in zip(levels, sizes, strict=True) if not size]
    if absent and any(sizes):
        assumed.append(
            f"level {', '.join(absent[:3])} is named in the file but is not there: {levels[finest]['path']} is taken"
        )
    elif finest:
        assumed.append(f"the finest level is {levels[finest]['path']}, which is not the first in the file")
    level: dict[str, Any] = levels[finest]
    return level


def _voxels(path: Path, level: str) -> int:
    try:
        return int(_open_array(path, level).size)
    except Exception:  # a level that is not there tells when it is read
        return 0


def _open_array(path: Path, level: str) -> Any:
    import zarr

    check_array(path, level)
    return zarr.open_array(str(path / level) if level else str(path), mode="r")


def _check_chunks(path: Path, level: str, least: int) -> None:
    """Refuse a store that lacks chunks: Zarr gives zeros for them, which others may leave out on purpose."""
    files = (file for file in (path / level).rglob("*") if file.name not in ZARR_METADATA and file.is_file())
    found = sum(1 for _ in islice(files, least))
    if found == 0:
        raise InputError(f"The image data is absent from {path.name}: level {level} has no chunks; copy all of it.")
    if found < least:
        raise InputError(f"{path.name} lacks {least - found} of the {least} chunks of level {level}; copy all of it.")
