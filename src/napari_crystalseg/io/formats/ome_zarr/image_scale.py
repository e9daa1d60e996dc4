"""What a multiscale image of OME-Zarr states of its axes and its scale."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ...grids.axes import Arrangement
from ...grids.scale import Scale, number_in, origin_not_used, unit_name
from ...grids.units import is_length, um_per


def image_axes(path: Path, image: Mapping[str, Any], shape: tuple[int, ...]) -> list[tuple[str, str]]:
    """Return name and unit of each axis.

    Raises
    ------
    InputError
        The image names another number of axes than its array has.
    """
    stated = image.get("axes")
    if stated is None and len(shape) == 5:
        stated = list("tczyx")  # versions 0.1 and 0.2 have no others
    axes = []
    for axis in stated or ():
        named = axis if isinstance(axis, Mapping) else {"name": axis}
        name = str(named.get("name", "")).lower()
        # What is no length is told by its type, whatever it is called.
        kind = named.get("type")
        name = "t" if kind == "time" else "c" if kind == "channel" else name
        axes.append((name, str(named.get("unit") or "")))
    if len(axes) != len(shape):
        raise InputError(
            f"{path.name} names {len(axes)} axes but its array has {len(shape)}; versions 0.4 and 0.5 of OME-Zarr are "
            "read."
        )
    return axes


def image_scale(
    path: Path, image: Mapping[str, Any], place: str, axes: list[tuple[str, str]], lay: Arrangement
) -> Scale:
    """Return the voxel size by the transformations of a level and of the whole image; the origin is told, not used.

    Parameters
    ----------
    path : Path
        The store.
    image : mapping
        The multiscale image, as its metadata have it.
    place : str
        Path of the level.
    axes : list of (str, str)
        Name and unit of each axis.
    lay : Arrangement
        How the array lies.

    Raises
    ------
    InputError
        A transformation that is not read, or with another number of values than there are axes.
    """
    level = next(one for one in image["datasets"] if isinstance(one, Mapping) and one.get("path") == place)
    scale, origin, has_scale = np.ones(len(axes)), np.zeros(len(axes)), False
    for holder in (level, image):
        for step in holder.get("coordinateTransformations") or ():
            kind = step.get("type") if isinstance(step, Mapping) else None
            if kind == "scale":
                factors = _numbers(path, step, "scale", len(axes))
                scale, origin, has_scale = scale * factors, origin * factors, True
            elif kind == "translation":
                origin = origin + _numbers(path, step, "translation", len(axes))
            elif kind != "identity":
                raise InputError(f"{path.name} states a transformation '{kind}', which is not read")
    if not has_scale:
        # A unit alone says nothing of how large a voxel is.
        return Scale()
    lengths = [scale[axis] for axis in lay.order]
    units = [axes[axis][1] for axis in lay.order]
    if not all(is_length(unit) for unit in units):
        plain = all(length == 1 for length in lengths)
        told = f"scale of {' × '.join(f'{one:.6g}' for one in lengths)} in {unit_name(units)}, which is not used"
        return Scale(assumed=() if plain else (told,))
    sizes = lay.sizes([scale[n] * um_per(unit) if is_length(unit) else None for n, (_, unit) in enumerate(axes)])
    names = "zyx"[-len(lay.order) :]
    begins = {
        name: origin[axis] * um_per(axes[axis][1])
        for name, axis in zip(names, lay.order, strict=True)
        if origin[axis] != 0
    }
    return Scale(sizes, origin_not_used(begins))


def _numbers(path: Path, step: Mapping[str, Any], name: str, count: int) -> NDArray[np.float64]:
    """Numbers of a transformation, one an axis."""
    stated = step.get(name)
    values = [number_in(one, name) for one in stated] if isinstance(stated, list) else []
    if len(values) != count:
        raise InputError(f"The {name} of {path.name} has {len(values)} numbers for {count} axes.")
    return np.array(values)
