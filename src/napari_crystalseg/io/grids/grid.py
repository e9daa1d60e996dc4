"""A grid of numbers as it lies in a file, before it is checked as a Volume or Labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...provenance import Provenance
from ...texts.json_text import parse_json
from ..files.memory import check_memory
from .scale import UNKNOWN, Scale
from .single_slice import ONE_SLICE

_BYTES_AT_ONCE = 32 * 2**20
_KINDS = ("volume", "labels", "scan")
DAMAGED = "damaged"
"""Key in a record of this package that cannot be read any more."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Array in a file and what the file says about it; its values are read when they are asked for.

    Parameters
    ----------
    shape : tuple of int
        Number of voxels along (z, y, x).
    dtype : dtype
        Of the values as stored.
    read : callable
        ``read(first, last)`` gives the slices from ``first`` to ``last`` (exclusive), shape (slice, y, x).
    scale : Scale
        What the file states of its voxel size.
    record : mapping
        What this package wrote beside the values: ``kind``, ``shape``, ``voxel_size_um``, ``quantity``,
        ``provenance``. Empty for files of others.
    assumed : tuple of str
        What had to be assumed of all else, or is stated and not used; it holds whatever voxel size the user gives.
    sources : tuple of Path
        Other files that values come from.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[int, int], NDArray[Any]]
    scale: Scale = UNKNOWN
    record: Mapping[str, Any] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """All that had to be assumed."""
        return (*self.assumed, *self.scale.assumed)

    @property
    def is_single_slice(self) -> bool:
        """Whether it is an image that was taken for a volume one voxel thick."""
        return ONE_SLICE in self.assumed

    @property
    def data(self) -> NDArray[Any]:
        """All values, shape (z, y, x), read now."""
        check_memory(self.nbytes, "It")
        return self.read(0, self.shape[0])

    @property
    def nbytes(self) -> int:
        """Bytes of all values as stored, uncompressed."""
        return math.prod(self.shape) * self.dtype.itemsize

    def slabs(self) -> Iterator[NDArray[Any]]:
        """Iterate over the values, some slices at a time."""
        at_once = max(1, _BYTES_AT_ONCE // max(1, self.nbytes // max(1, self.shape[0])))
        for first in range(0, self.shape[0], at_once):
            yield self.read(first, min(first + at_once, self.shape[0]))

    def loaded(self) -> Grid:
        """Return the same grid with its values in memory."""
        data = self.data
        return replace(self, read=lambda first, last: data[first:last])


def refuse_what_is_no_number(dtype: Any, name: str) -> None:
    """Refuse values that are no real numbers, before any is read."""
    if not (np.issubdtype(np.dtype(dtype), np.integer) or np.issubdtype(np.dtype(dtype), np.floating)):
        raise InputError(f"{name} holds values of the type {dtype}; a volume or labels are real numbers.")


def provenance_of(path: Path, record: Mapping[str, Any], *others: Path) -> Provenance:
    """Record of a file just opened, and of others that it refers to, after what it says about how it was made."""
    opened = Provenance.of_file(path, *others)
    try:
        if DAMAGED in record:
            raise InputError("The record is damaged.")
        return opened.following(Provenance.from_dict(record.get("provenance") or {}))
    except InputError:
        return opened.then("open", assumed="the record of how it was made is damaged, and is not used")


def record_from(text: str | bytes | None) -> dict[str, Any]:
    """Return the record that this package wrote, or an empty one when the text is another's."""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text or ""
    try:
        return record_of(parse_json(text))
    except ValueError:
        return {DAMAGED: True} if '"software": "napari-crystalseg"' in text else {}


def record_of(values: Any) -> dict[str, Any]:
    """Return the record that this package wrote, as JSON values, or an empty one when they are another's."""
    if not isinstance(values, dict) or values.get("kind") not in _KINDS:
        return {}
    size = values.get("voxel_size_um")
    if isinstance(size, list) and len(size) == 3 and not all(_is_positive(length) for length in size):
        return {**values, "voxel_size_um": None, DAMAGED: True}
    return values


def recorded_shape(record: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Shape of the array that a record belongs to, None where it does not say."""
    shape = record.get("shape")
    return tuple(shape) if isinstance(shape, list) and all(type(length) is int for length in shape) else None


def _is_positive(length: Any) -> bool:
    return isinstance(length, int | float) and not isinstance(length, bool) and 0 < length < np.inf
