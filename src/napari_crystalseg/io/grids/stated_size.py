"""Voxel sizes that files state by a name: ``voxel_size_um``, ``pixel_size_mm``, ``voxel_size`` with its unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from .scale import number_in
from .units import is_length, um_per

_WITH_UNIT = re.compile(r"(?:voxel|element|pixel)(?:_?size)?_([a-zµμ]+)", re.IGNORECASE)
_WITHOUT = re.compile(r"(?:voxel|element|pixel)_?size", re.IGNORECASE)
_UNITS = ("_units", "_unit", "_Units", "_Unit")


def stated_sizes_um(stated: Mapping[str, Any]) -> dict[str, list[float]]:
    """Read the sizes whose unit is stated, µm: one number, or one an axis.

    Parameters
    ----------
    stated : mapping
        Names and values. A name ends in its unit, ``voxel_size_um``, or another name says it, ``voxel_size_units``.

    Returns
    -------
    dict
        Numbers by the name that states them.

    Raises
    ------
    InputError
        They cannot be read as numbers.
    """
    found = {}
    for name, value in stated.items():
        if (unit := _unit_of(name, stated)) is not None:
            flat = np.asarray(value).reshape(-1)
            numbers = [
                number_in(one.decode("utf-8", "replace") if isinstance(one, bytes) else one, name) for one in flat
            ]
            factor = um_per(unit)
            found[name] = [number * factor for number in numbers]
    return found


def read_names(stated: Mapping[str, Any]) -> set[str]:
    """Names that :func:`stated_sizes_um` reads, with those of their units."""
    names = {name for name in stated if _unit_of(name, stated) is not None}
    return names | {name + end for name in names for end in _UNITS if name + end in stated}


def _unit_of(name: str, stated: Mapping[str, Any]) -> str | None:
    last = name.rpartition("/")[2]
    match = _WITH_UNIT.fullmatch(last)
    if match is not None and is_length(match[1]):
        return match[1]
    if not _WITHOUT.fullmatch(last):
        return None
    for end in _UNITS:
        unit = np.asarray(stated.get(name + end, "")).reshape(-1)
        text = unit[0].decode("utf-8", "replace") if unit.size and isinstance(unit[0], bytes) else str(*unit[:1])
        if is_length(text):
            return text
    return None
