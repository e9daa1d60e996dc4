"""What a file states of the size of its voxels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...checks import checked_voxel_size
from ...errors import ChoiceNeeded, InputError

_ALIKE = 1e-3


@dataclass(frozen=True)
class Scale:
    """Voxel size as a file states it.

    Parameters
    ----------
    sizes_um : (float, float, float) or None
        Along (z, y, x), µm; None where the file does not say.
    assumed : tuple of str
        What had to be assumed of it, or is not used.
    problem : str or None
        Why what is stated cannot be used, as a sentence; then ``sizes_um`` is None.
    """

    sizes_um: tuple[float, float, float] | None = None
    assumed: tuple[str, ...] = ()
    problem: str | None = None

    def required_to_be_sound(self) -> Scale:
        """Return it, or refuse a voxel size that is stated but cannot be used."""
        if self.problem is not None:
            raise ChoiceNeeded(f"{self.problem.rstrip('.')}; give --voxel-size-um.", "voxel_size_um")
        return self


# Slices may be far apart, but a thousand times as far is mm for µm on one axis.
_LONGEST = 500.0

UNKNOWN = Scale()
"""Nothing is stated."""


def scale_from(find: Callable[[], Scale], record: Mapping[str, Any] | None = None) -> Scale:
    """Judge what a file states: sizes that are no numbers, not positive or not finite are a problem.

    Parameters
    ----------
    find : callable
        Reads it; an ``InputError`` of it is the problem.
    record : mapping, optional
        What this package wrote beside the values. Where header and record agree, the record has more digits; where not,
        the header is newer.
    """
    try:
        found = find()
    except InputError as error:
        return Scale(problem=str(error))
    if found.problem is not None:
        return found
    sizes = _refined(found.sizes_um, record or {})
    if sizes is None:
        return found
    try:
        checked = checked_voxel_size(sizes, "voxel size in the file")
    except InputError as error:
        return Scale(None, found.assumed, str(error))
    if max(checked) > _LONGEST * min(checked):
        told, ratio = " × ".join(f"{size:g}" for size in checked), max(checked) / min(checked)
        return Scale(
            None,
            found.assumed,
            f"The voxel size in the file is {told} µm (z × y × x), {ratio:.0f} times as large along one "
            "axis as along another: a unit seems to be wrong.",
        )
    return replace(found, sizes_um=checked)


def number_in(text: Any, what: str = "voxel size") -> float:
    """Return a number that a file states.

    Raises
    ------
    InputError
        It cannot be read as one; a decimal comma is told.
    """
    try:
        return float(text)
    except (TypeError, ValueError, OverflowError):
        comma = isinstance(text, str) and text.count(",") == 1
        hint = f": use a point ({text.strip().replace(',', '.')})" if comma else ""
        raise InputError(f"The {what} in the file, '{text}', cannot be read as a number{hint}.") from None


def one_of(stated: Mapping[str, float | None], what: str) -> float | None:
    """Return the length that several places of a file state alike, None where none does.

    Parameters
    ----------
    stated : mapping of str to float or None
        Place in the file, as it is told, and the length that it states, µm.
    what : str
        Name of the length, such as "voxel size along z".

    Raises
    ------
    InputError
        They contradict each other.
    """
    known = {place: size for place, size in stated.items() if size is not None}
    if not known:
        return None
    (place, first), *rest = known.items()
    for other, size in rest:
        if not np.isclose(size, first, rtol=_ALIKE, atol=0, equal_nan=True):
            raise InputError(f"The {what} is stated twice, {first:.6g} µm by {place} and {size:.6g} µm by {other}.")
    return first


def origin_not_used(origin_um: Mapping[str, float]) -> tuple[str, ...]:
    """Say of a stated origin (z, y, x) that is not zero that it is not used."""
    if not origin_um:
        return ()
    told = ", ".join(f"{axis} {value:.6g}" for axis, value in origin_um.items())
    return (f"origin at {told} µm in the file is not used: the rotation axis is taken to be in the middle of y and x",)


def unit_name(units: Iterable[str]) -> str:
    """Name the unit of a scale that is no length."""
    names = sorted({unit for unit in units if unit})
    return f"'{', '.join(names)}'" if names else "no unit of length"


def _refined(stated: tuple[float, float, float] | None, record: Mapping[str, Any]) -> tuple[float, float, float] | None:
    try:
        z, y, x = (float(size) for size in record["voxel_size_um"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return stated
    if stated is not None and not np.allclose(stated, (z, y, x), rtol=1e-5, atol=0):
        return stated
    return z, y, x
