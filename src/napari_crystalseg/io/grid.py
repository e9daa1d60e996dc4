"""A grid of numbers as it lies in a file, before it is checked as a Volume or Labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..provenance import Provenance


@dataclass(frozen=True, eq=False)
class Grid:
    """Array and what its file says about it.

    Parameters
    ----------
    data : ndarray, shape (z, y, x)
        Values as stored.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; None when the file does not say.
    record : mapping
        What this package wrote beside the values: ``kind``, ``shape``, ``voxel_size_um``, ``quantity``,
        ``provenance``. Empty for files of others.
    assumed : str or None
        What had to be assumed about the scale, for the provenance.
    """

    data: NDArray[Any]
    voxel_size_um: tuple[float, float, float] | None
    record: Mapping[str, Any] = field(default_factory=dict)
    assumed: str | None = None


def refined(stated: tuple[float, float, float] | None, record: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Voxel size with the record's digits where file header and record agree; where not, the header is newer."""
    try:
        z, y, x = (float(size) for size in record["voxel_size_um"])
    except (KeyError, TypeError, ValueError):
        return stated
    if stated is not None and not np.allclose(stated, (z, y, x), rtol=1e-5, atol=0):
        return stated
    return z, y, x


def provenance_of(path: Path, record: Mapping[str, Any]) -> Provenance:
    """Record of a file just read: its own hash, after whatever its record says about how it was made."""
    earlier = Provenance.from_dict(record.get("provenance") or {})
    here = Provenance.of_file(path)
    return replace(earlier, inputs={**earlier.inputs, **here.inputs})


def record_from(text: str | bytes | None) -> dict[str, Any]:
    """Return the record that this package wrote, or an empty one when the text is another's."""
    try:
        record = json.loads(text or "")
    except ValueError:
        return {}
    return record if isinstance(record, dict) and "kind" in record else {}
