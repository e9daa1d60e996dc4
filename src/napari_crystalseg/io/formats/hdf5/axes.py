"""What an HDF5 file states of the axes of a dataset: their names, and values along them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ...grids.axes import axes_needed
from ...grids.axis_values import AxisValues
from .links import dataset_in
from .values import text_of

if TYPE_CHECKING:
    import h5py


def axis_names(dataset: h5py.Dataset) -> list[str]:
    """Names of the axes of a dataset, none where the file gives none.

    Those of ilastik (``axistags``), of NeXus (``axes`` and ``NAME_indices`` of the group or ``axes`` of the dataset),
    or labels and scales of HDF5 itself.

    Raises
    ------
    InputError
        The file contradicts itself.
    """
    stated = {
        "axistags": _ilastik(dataset),
        "NeXus axes": _nexus(dataset),
        "DIMENSION_LABELS": _labels(dataset),
    }
    known = {place: names for place, names in stated.items() if any(names)}
    if not known:
        return []
    (place, first), *rest = known.items()
    for other, names in rest:
        if [name.lower() for name in names] != [name.lower() for name in first]:
            raise axes_needed(
                f"The axes of {dataset.name} are stated twice, {', '.join(first)} by {place} and {', '.join(names)} by "
                f"{other}; say which axis is which by --axes, such as --axes zyx.",
                dataset.shape,
            )
    return first


def axis_values(dataset: h5py.Dataset, names: list[str]) -> list[AxisValues | None]:
    """Values along each axis: those of the dataset beside it that has its name, or of its HDF5 scale.

    Raises
    ------
    InputError
        Values of another number than the axis has, not evenly spaced, or that say where pixels end.
    """
    found: list[AxisValues | None] = []
    for axis, length in enumerate(dataset.shape):
        name = names[axis] if axis < len(names) else ""
        values = dataset_in(dataset.parent, name) if name else None
        if values is None or values.ndim != 1 or values == dataset:
            scales = [one for one in _scales(dataset, axis) if one.ndim == 1]
            values = scales[0] if scales else None
        found.append(
            None
            if values is None
            else AxisValues.of(values[()], text_of(values.attrs.get("units", "")), length, values.name)
        )
    return found


def _ilastik(dataset: h5py.Dataset) -> list[str]:
    if "axistags" not in dataset.attrs:
        return []
    try:
        return [str(axis["key"]) for axis in json.loads(text_of(dataset.attrs["axistags"]))["axes"]]
    except (ValueError, KeyError, TypeError):
        return []


def resolutions_not_used(dataset: h5py.Dataset) -> list[str]:
    """Say of resolutions that ilastik's ``axistags`` state, without a unit, that they are not used."""
    try:
        axes = json.loads(text_of(dataset.attrs["axistags"]))["axes"]
        stated = [f"{axis['key']} {float(axis['resolution']):.6g}" for axis in axes if axis.get("resolution", 0)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [f"resolution {', '.join(stated)} of axistags: not used"] if stated else []


def _nexus(dataset: h5py.Dataset) -> list[str]:
    """Names by NeXus: ``axes`` of its group where it is the signal, of the dataset itself in older files."""
    group, own = dataset.parent, dataset.name.rpartition("/")[2]
    signal = text_of(group.attrs.get("signal", "")) or "data"
    names: list[str] = []
    if signal == own or own in _texts(group.attrs.get("auxiliary_signals", ())):
        names = _listed(group.attrs.get("axes"))
        indexed = {
            key.removesuffix("_indices"): np.asarray(value).reshape(-1).tolist()
            for key, value in group.attrs.items()
            if key.endswith("_indices")
        }
        for name, places in indexed.items():
            # Of values for several axes at once nothing is said of the order.
            if len(places) != 1 or not isinstance(places[0], int) or not 0 <= places[0] < dataset.ndim:
                continue
            if len(names) < dataset.ndim:
                names += [""] * (dataset.ndim - len(names))
            if name in names and names.index(name) != places[0]:
                raise axes_needed(
                    f"The axis {name} of {dataset.name} is axis {names.index(name)} by 'axes' and axis {places[0]} by "
                    f"'{name}_indices'; say which axis is which by --axes, such as --axes zyx.",
                    dataset.shape,
                )
            names[places[0]] = names[places[0]] or name
    names = names or _listed(dataset.attrs.get("axes")) or _by_number(dataset)
    return ["" if name == "." else name for name in names]


def _by_number(dataset: h5py.Dataset) -> list[str]:
    """Names of the datasets beside it that say by the number ``axis`` which axis they are of, as in older NeXus."""
    import h5py

    names = [""] * dataset.ndim
    for name, one in dataset.parent.items():
        if isinstance(one, h5py.Dataset) and "axis" in one.attrs and one.ndim == 1:
            number = text_of(one.attrs["axis"])
            if number.isdigit() and 1 <= int(number) <= dataset.ndim and one.shape[0] == dataset.shape[int(number) - 1]:
                names[int(number) - 1] = name
    return names if any(names) else []


def _labels(dataset: h5py.Dataset) -> list[str]:
    # By the attribute: HDF5 crashes the process where its texts are of a fixed length, as some programs write them.
    labels = _texts(dataset.attrs["DIMENSION_LABELS"]) if "DIMENSION_LABELS" in dataset.attrs else []
    names = []
    for axis in range(dataset.ndim):
        scales = [one.name for one in _scales(dataset, axis)]
        label = labels[axis] if len(labels) == dataset.ndim else ""
        names.append(label or (scales[0] if len(scales) == 1 else ""))
    return [name.rpartition("/")[2] for name in names] if any(names) else []


def _scales(dataset: h5py.Dataset, axis: int) -> list[h5py.Dataset]:
    """Dimension scales that HDF5 attaches to an axis."""
    import h5py

    listed = dataset.attrs.get("DIMENSION_LIST")
    if np.ndim(listed) != 1 or len(listed) != dataset.ndim:
        return []
    found = []
    for reference in np.asarray(listed[axis]).reshape(-1):
        one = dataset.file[reference] if isinstance(reference, h5py.Reference) and reference else None
        if isinstance(one, h5py.Dataset):
            found.append(one)
    return found


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    names = _texts(value)
    # One text with all of them is the older way.
    return [one.strip() for one in re.split(r"[:,]", names[0].strip("[] "))] if len(names) == 1 else names


def _texts(value: Any) -> list[str]:
    return [text_of(one) for one in np.asarray(value).reshape(-1)]
