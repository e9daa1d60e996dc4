"""A DIALS ``.refl`` file of columns of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...io import replacing
from .reflection_file import COLUMN_TYPES, HEADER, VERSIONS

_KINDS = {
    "id": "int",
    "panel": "std::size_t",
    "flags": "std::size_t",
    "miller_index": "cctbx::miller_index<>",
    "entering": "bool",
    "bbox": "int6",
}
_BY_WIDTH = {1: "double", 2: "vec2<double>", 3: "vec3<double>"}


def write_reflection_file(
    path: str | Path, columns: Mapping[str, NDArray[Any]], identifiers: Mapping[int, str] | None = None
) -> None:
    """Write a reflection table as DIALS does.

    Parameters
    ----------
    path : str or Path
        File to write, ``.refl``; replaced in one step.
    columns : mapping of str to ndarray, shape (reflection,) or (reflection, components)
        Columns by DIALS's names; those that DIALS does not hold as doubles are of its kinds.
    identifiers : mapping of int to str, optional
        Name of the sweep for each ``id``.

    Raises
    ------
    InputError
        No columns, columns of different length, or a file that cannot be written.
    """
    import msgpack

    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise InputError("A reflection table needs columns, all of one length.")
    rows = lengths.pop()
    data = {}
    for name in sorted(columns):
        values = np.asarray(columns[name])
        kind = _KINDS.get(name) or _BY_WIDTH.get(1 if values.ndim == 1 else values.shape[1])
        if kind is None:
            raise InputError(f"The column '{name}' has {values.shape[1]} components, which a table does not hold.")
        dtype, components = COLUMN_TYPES[kind]
        if values.size != rows * components:
            raise InputError(f"The column '{name}' needs {components} numbers a row.")
        data[name] = [kind, [rows, np.ascontiguousarray(values, dtype).tobytes()]]
    table = {"identifiers": dict(identifiers or {}), "nrows": rows, "data": data}
    with replacing(path) as partial:
        partial.write_bytes(msgpack.packb([HEADER, VERSIONS[-1], table], use_bin_type=True))
