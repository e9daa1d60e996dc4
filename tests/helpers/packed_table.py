"""Reflection tables, packed as DIALS packs them."""

from __future__ import annotations

import msgpack
import numpy as np

KINDS = {"id": "int", "flags": "std::size_t", "panel": "std::size_t", "miller_index": "cctbx::miller::index<>"}
TYPES = {"int": "<i4", "std::size_t": "<u8", "cctbx::miller::index<>": "<i4", "double": "<f8", "vec3<double>": "<f8"}


def packed(columns, identifiers=None, nrows=None):
    """Return the bytes of a table; the kind of a column follows from its name and shape."""
    data, n = {}, nrows
    for name in sorted(columns):
        values = np.asarray(columns[name])
        kind = KINDS.get(name, "vec3<double>" if values.ndim == 2 else "double")
        n = len(values) if n is None else n
        data[name] = [kind, [len(values), np.ascontiguousarray(values, TYPES[kind]).tobytes()]]
    table = {"identifiers": identifiers or {}, "nrows": n, "data": data}
    return msgpack.packb(["dials::af::reflection_table", 2, table], use_bin_type=True)
