"""Reflections: a DIALS ``.refl`` table, read without DIALS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import read_only
from ..errors import InputError
from ..provenance import Provenance

HEADER = "dials::af::reflection_table"

# Column type of DIALS -> (little-endian dtype, values a row). Columns of other types (shoeboxes) are left out.
COLUMN_TYPES: Mapping[str, tuple[str, int]] = {
    "bool": ("|b1", 1),
    "int": ("<i4", 1),
    "std::size_t": ("<u8", 1),
    "double": ("<f8", 1),
    "vec2<double>": ("<f8", 2),
    "vec3<double>": ("<f8", 3),
    "mat3<double>": ("<f8", 9),
    "int6": ("<i4", 6),
    "cctbx::miller_index<>": ("<i4", 3),
    "cctbx::miller::index<>": ("<i4", 3),
}


@dataclass(frozen=True, eq=False)
class Reflections:
    """What absorption needs of a reflection table, in its row order.

    Parameters
    ----------
    s1 : ndarray of float64, shape (reflection, 3)
        Scattered wave vector in the laboratory, DIALS axes (X, Y, Z), 1/Å.
    phi_rad : ndarray of float64, shape (reflection,)
        Scan angle at which it was observed, radians.
    miller_index : ndarray of int, shape (reflection, 3), or None
        Miller indices.
    experiment_id : ndarray of int, shape (reflection,)
        Number of the sweep in the experiment list; -1 where none was found.
    flags : ndarray of uint64, shape (reflection,), or None
        DIALS's bit flags.
    identifiers : mapping of int to str
        Name of the sweep that each ``experiment_id`` stands for; may be empty.
    provenance : Provenance
        The file and its hash.

    Raises
    ------
    InputError
        No rows, or columns of different length.
    """

    s1: NDArray[np.float64]
    phi_rad: NDArray[np.float64]
    miller_index: NDArray[np.int64] | None = None
    experiment_id: NDArray[np.int64] | None = None
    flags: NDArray[np.uint64] | None = None
    identifiers: Mapping[int, str] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        s1 = np.asarray(self.s1, dtype=np.float64)
        if s1.ndim != 2 or s1.shape[1] != 3:
            raise InputError(f"The scattered vectors s1 must have shape (reflections, 3), not {s1.shape}.")
        n = len(s1)
        if n == 0:
            raise InputError("The reflection table is empty.")
        ids = np.zeros(n, dtype=np.int64) if self.experiment_id is None else np.asarray(self.experiment_id, np.int64)
        object.__setattr__(self, "s1", read_only(s1))
        object.__setattr__(self, "experiment_id", ids)
        object.__setattr__(self, "phi_rad", np.asarray(self.phi_rad, dtype=np.float64))
        shapes = {"phi_rad": (n,), "experiment_id": (n,), "flags": (n,), "miller_index": (n, 3)}
        for name, shape in shapes.items():
            column = getattr(self, name)
            if column is None:
                continue
            if np.shape(column) != shape:
                raise InputError(f"The column {name} has shape {np.shape(column)}, expected {shape}.")
            object.__setattr__(self, name, read_only(np.asarray(column)))

    def __len__(self) -> int:
        return len(self.s1)


def read_table(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[int, str]]:
    """Read every column of a DIALS reflection table whose type is known.

    Parameters
    ----------
    path : str or Path
        A ``.refl`` file (msgpack).

    Returns
    -------
    columns : dict of str to ndarray
        Column name and values; vectors have shape (reflection, components).
    identifiers : dict of int to str
        Name of the sweep for each ``id``.

    Raises
    ------
    InputError
        No such file, not a reflection table, or a truncated one.
    """
    import msgpack

    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read as a reflection table ({error.strerror}).") from None
    if content[:4] == b"\x89HDF":
        raise InputError(f"{path.name} is a reflection table in HDF5; write it as msgpack (.refl) with DIALS.")
    try:
        header = msgpack.unpackb(content, strict_map_key=False, raw=False)
    except Exception as error:  # msgpack has a family of unrelated exceptions for bad bytes
        raise InputError(f"{path.name} is not a DIALS .refl file, or is truncated ({type(error).__name__}).") from None
    if not (isinstance(header, list) and len(header) == 3 and header[0] == HEADER and isinstance(header[2], dict)):
        raise InputError(f"{path.name} is not a DIALS reflection table.")
    table = header[2]
    rows, data = table.get("nrows"), table.get("data")
    if not isinstance(rows, int) or not isinstance(data, dict):
        raise InputError(f"{path.name} is a reflection table without rows or columns.")
    columns = {}
    for name, entry in data.items():
        try:
            kind, (length, values) = entry
        except (TypeError, ValueError):
            raise InputError(f"The column '{name}' of {path.name} cannot be read.") from None
        if kind not in COLUMN_TYPES:
            continue
        dtype, components = COLUMN_TYPES[kind]
        if length != rows or len(values) != rows * components * np.dtype(dtype).itemsize:
            raise InputError(f"The column '{name}' of {path.name} does not hold {rows} rows; the file is damaged.")
        column = np.frombuffer(values, dtype=dtype)
        columns[str(name)] = column.reshape(rows, components) if components > 1 else column
    return columns, {int(k): str(v) for k, v in (table.get("identifiers") or {}).items()}


def read_reflections(path: str | Path) -> Reflections:
    """Read the columns of a DIALS reflection table that absorption needs.

    The scan angle is ``xyzobs.mm.value``; where that column is missing, or a row of it is all zero because the
    reflection was not observed, ``xyzcal.mm`` takes its place.

    Parameters
    ----------
    path : str or Path
        A ``.refl`` file (msgpack) with ``s1`` and ``xyzobs.mm.value`` or ``xyzcal.mm``.

    Returns
    -------
    Reflections

    Raises
    ------
    InputError
        Not a reflection table, truncated, or without these columns.
    """
    path = Path(path)
    columns, identifiers = read_table(path)
    if "s1" not in columns or columns["s1"].ndim != 2:
        raise InputError(f"{path.name} has no column 's1'; use a predicted or integrated table.")
    observed, calculated = columns.get("xyzobs.mm.value"), columns.get("xyzcal.mm")
    if observed is None and calculated is None:
        raise InputError(f"{path.name} has no column 'xyzobs.mm.value' or 'xyzcal.mm', so the scan angles are unknown.")
    if observed is None:
        phi = calculated[:, 2]  # type: ignore[index]
    elif calculated is None:
        phi = observed[:, 2]
    else:
        phi = np.where((observed == 0).all(axis=1), calculated[:, 2], observed[:, 2])
    return Reflections(
        s1=columns["s1"],
        phi_rad=phi,
        miller_index=columns.get("miller_index"),
        experiment_id=columns.get("id"),
        flags=columns.get("flags"),
        identifiers=identifiers,
        provenance=Provenance.of_file(path),
    )
