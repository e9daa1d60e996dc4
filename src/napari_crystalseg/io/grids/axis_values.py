"""Where the voxels lie along an axis, and the size of a voxel from all that states it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from .axes import Arrangement
from .scale import Scale, one_of, origin_not_used
from .single_slice import THICKNESS
from .units import is_length, um_per

_UNEVEN = 0.01


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

    @classmethod
    def of(cls, values: ArrayLike, unit: str, length: int, name: str) -> AxisValues | None:
        """Judge the values of an axis; None where they are no numbers, or the axis has one voxel.

        Raises
        ------
        InputError
            Another number than the axis has voxels, or not evenly spaced.
        """
        stored: NDArray[Any] = np.asarray(values)
        if stored.dtype.kind not in "iuf" or length < 2:
            return None
        if stored.shape[0] != length:
            raise InputError(f"The axis {name} has {stored.shape[0]} values for {length} voxels.")
        numbers = stored.astype(np.float64)
        steps = np.diff(numbers)
        middle = float(np.median(steps))
        if not np.isfinite(numbers).all() or np.abs(steps - middle).max() > _UNEVEN * abs(middle):
            raise InputError(f"The voxels are not evenly spaced along the axis {name}")
        return cls(float(numbers[-1] - numbers[0]) / (length - 1), float(numbers[0]), unit)

    @property
    def step_um(self) -> float | None:
        """Length of a step, µm; None where its unit is no length."""
        return abs(self.step) * um_per(self.unit) if is_length(self.unit) else None


def scale_along(
    lay: Arrangement, stated: Mapping[str, Sequence[float]], values: Sequence[AxisValues | None], what: str
) -> Scale:
    """Voxel size from the names that state it and from the values of the axes.

    Parameters
    ----------
    lay : Arrangement
        How the array lies.
    stated : mapping of str to sequence of float
        One number, or one for each axis of the file or for each of those in space, by the name that states them, µm.
    values : sequence of AxisValues or None
        Of each axis of the file.
    what : str
        Name of the array, for errors.

    Raises
    ------
    InputError
        Another number of sizes, or two that contradict each other.
    """
    axes = len(lay.stored)
    thickness: float | None = None
    along: list[dict[str, float | None]] = [{} for _ in range(axes)]
    for name, given in stated.items():
        numbers: list[float] = list(given)
        # A single size is the size along every axis; of an image it may be three, of which the last two are meant.
        if len(numbers) == 1:
            numbers *= axes
        if axes == 2 and len(numbers) == 3:
            thickness, numbers = numbers[0], numbers[1:]
        if len(numbers) == len(lay.order) < axes:
            in_space = dict(zip(sorted(lay.order), numbers, strict=True))
            numbers = [in_space.get(axis, np.nan) for axis in range(axes)]
        if len(numbers) != axes:
            raise InputError(f"The {name} of {what} has {len(numbers)} numbers; one or {axes} are needed.")
        for axis, number in enumerate(numbers):
            along[axis][name] = number
    notes = []
    for axis, value in enumerate(values):
        if value is not None and value.step_um is not None:
            along[axis]["the values of the axis"] = value.step_um
        elif value is not None and abs(value.step) not in (0.0, 1.0):
            notes.append(f"steps of {abs(value.step):.6g} along an axis in '{value.unit}', no length, are not used")
    sizes = [one_of(one, "voxel size along an axis") for one in along]
    laid = lay.sizes(sizes)
    if lay.is_slice and thickness is None:
        notes.append(THICKNESS)
    elif lay.is_slice and laid is not None and thickness is not None:
        laid = (thickness, laid[1], laid[2])
    elif lay.order != tuple(sorted(lay.order)) and len(set(sizes)) > 1 and stated:
        notes.append("its voxel size is taken to be in the order of the axes in the file")
    origin = {
        name: value.origin * um_per(value.unit)
        for name, axis in zip("zyx"[-len(lay.order) :], lay.order, strict=True)
        if (value := values[axis]) is not None and value.step_um is not None and value.origin
    }
    return Scale(laid, (*notes, *origin_not_used(origin)))


def with_ascending_axes(lay: Arrangement, values: Sequence[AxisValues | None]) -> Arrangement:
    """Turn over the axes whose values run downwards in the file, which is said."""
    names = "".join(
        name
        for name, axis in zip("zyx"[-len(lay.order) :], lay.order, strict=True)
        if (value := values[axis]) is not None and value.step < 0
    )
    if not names:
        return lay
    return lay.turned_over(names, f"the values of {', '.join(names)} run downwards in the file: turned over")
