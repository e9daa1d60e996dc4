"""What an HDF5 file states of the axes of a dataset: their names, values and the size of a voxel along them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .hdf5 import dataset_in, text_of
from .scale import number_in, one_of
from .units import is_length, um_per

if TYPE_CHECKING:
    import h5py

SIZES = ("voxel_size_um", "element_size_um")
"""Attributes with the size of a voxel, µm."""

_UNEVEN = 0.01
# Attributes that say that values are stored as other numbers than they mean.
_GREY_SCALE = ("scale_factor", "add_offset", "scaling_factor", "scl_slope", "scl_inter")


@dataclass(frozen=True)
class AxisValues:
    """Where the voxels lie along one axis.

    Parameters
    ----------
    step : float
        From one voxel to the next, in ``unit``; negative where the axis runs downwards.
    origin : float
        Of the first voxel.
    unit : str
        As the file has it.
    """

    step: float
    origin: float
    unit: str

    @property
    def step_um(self) -> float | None:
        """Length of a step, µm; None where its unit is no length."""
        return abs(self.step) * um_per(self.unit) if is_length(self.unit) else None


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
            raise InputError(
                f"The axes of {dataset.name} are stated twice, {', '.join(first)} by {place} and {', '.join(names)} by "
                f"{other}; say which axis is which by --axes, such as --axes zyx."
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
            scales = [one for one in dataset.dims[axis].values() if one.ndim == 1]
            values = scales[0] if scales else None
        found.append(None if values is None else _values(values, length))
    return found


def sizes_um(
    dataset: h5py.Dataset, values: list[AxisValues | None], space: tuple[int, ...]
) -> tuple[list[float | None], float | None, list[str]]:
    """Voxel size from all that states it.

    Parameters
    ----------
    dataset : h5py.Dataset
        Voxels.
    values : list of AxisValues or None
        Of each of its axes.
    space : tuple of int
        Its axes in space, for which alone sizes may be stated.

    Returns
    -------
    sizes : list of float or None
        Along each axis of the file, µm.
    thickness : float or None
        Of an image for which three sizes are stated, µm.
    notes : list of str
        What is stated but not used.

    Raises
    ------
    InputError
        Not one number or one an axis, a number that cannot be read, or two that contradict each other.
    """
    axes = dataset.ndim
    thickness: float | None = None
    stated: list[dict[str, float | None]] = [{} for _ in range(axes)]
    for name in SIZES:
        if name not in dataset.attrs:
            continue
        numbers = _numbers(dataset.attrs[name], name)
        # A single size is the size along every axis; of an image it may be three, of which the last two are meant.
        if len(numbers) == 1:
            numbers *= axes
        if axes == 2 and len(numbers) == 3:
            thickness, numbers = numbers[0], numbers[1:]
        if len(numbers) == len(space) < axes:
            given = dict(zip(sorted(space), numbers, strict=True))
            numbers = [given.get(axis, np.nan) for axis in range(axes)]
        if len(numbers) != axes:
            raise InputError(f"The {name} of {dataset.name} has {len(numbers)} numbers; one or {axes} are needed.")
        for axis, number in enumerate(numbers):
            stated[axis][name] = number
    notes = []
    for axis, value in enumerate(values):
        if value is not None and value.step_um is not None:
            stated[axis]["the values of the axis"] = value.step_um
        elif value is not None and abs(value.step) not in (0.0, 1.0):
            notes.append(f"steps of {abs(value.step):.6g} along an axis in '{value.unit}', no length, are not used")
    return [one_of(one, "voxel size along an axis") for one in stated], thickness, notes


def greys_not_scaled(dataset: h5py.Dataset) -> list[str]:
    """Say of a stated scale or offset of the values that it is not used."""
    told = [name for name in _GREY_SCALE if name in dataset.attrs]
    for name in (f"{dataset.name.rpartition('/')[2]}_scaling_factor", f"{dataset.name.rpartition('/')[2]}_offset"):
        if dataset_in(dataset.parent, name) is not None:
            told.append(name)
    return [f"{', '.join(told)} in the file not used: greys are taken as stored"] if told else []


def _ilastik(dataset: h5py.Dataset) -> list[str]:
    if "axistags" not in dataset.attrs:
        return []
    try:
        return [str(axis["key"]) for axis in json.loads(text_of(dataset.attrs["axistags"]))["axes"]]
    except (ValueError, KeyError, TypeError):
        return []


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
                raise InputError(
                    f"The axis {name} of {dataset.name} is axis {names.index(name)} by 'axes' and axis {places[0]} by "
                    f"'{name}_indices'; say which axis is which by --axes, such as --axes zyx."
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
    names = []
    for dim in dataset.dims:
        scales = [str(name) for name in dim.keys() if name]
        names.append(dim.label or (scales[0] if len(scales) == 1 else ""))
    return [name.rpartition("/")[2] for name in names] if any(names) else []


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    names = _texts(value)
    # One text with all of them is the older way.
    return [one.strip() for one in re.split(r"[:,]", names[0].strip("[] "))] if len(names) == 1 else names


def _texts(value: Any) -> list[str]:
    return [text_of(one) for one in np.asarray(value).reshape(-1)]


def _numbers(value: Any, name: str) -> list[float]:
    values = np.asarray(value).reshape(-1)
    return [number_in(text_of(one) if isinstance(one, bytes | str) else one, name) for one in values]


def _values(values: h5py.Dataset, length: int) -> AxisValues | None:
    if not np.issubdtype(values.dtype, np.number) or length < 2:
        return None
    if values.shape[0] != length:
        raise InputError(f"The axis {values.name} has {values.shape[0]} values for {length} voxels.")
    numbers: NDArray[np.float64] = np.asarray(values[()], dtype=np.float64)
    steps = np.diff(numbers)
    middle = float(np.median(steps))
    if not np.isfinite(numbers).all() or np.abs(steps - middle).max() > _UNEVEN * abs(middle):
        raise InputError(f"The voxels are not evenly spaced along the axis {values.name}")
    step = float(numbers[-1] - numbers[0]) / (length - 1)
    return AxisValues(step, float(numbers[0]), text_of(values.attrs.get("units", "")))
