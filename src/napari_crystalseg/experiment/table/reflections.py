"""Reflections: a DIALS ``.refl`` table, read without DIALS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...errors import InputError
from ...provenance import Provenance
from .reflection_file import read_reflection_file
from .scaling_selection import COLUMNS, ScalingSelection, flags_of

POSITIONS = {
    "observed_mm": "xyzobs.mm.value",
    "observed_px": "xyzobs.px.value",
    "calculated_mm": "xyzcal.mm",
    "calculated_px": "xyzcal.px",
}


@dataclass(frozen=True, eq=False)
class Reflections:
    """What absorption needs of a reflection table, in its row order and as it stands there.

    Parameters
    ----------
    s1 : ndarray of float64, shape (reflection, 3), or None
        Scattered wave vector in the laboratory, DIALS axes (X, Y, Z), 1/Å; None where the table has none.
    phi_rad : ndarray of float64, shape (reflection,), or None
        Scan angle, radians, where it is known otherwise than by the positions.
    miller_index : ndarray of int, shape (reflection, 3), or None
        Miller indices.
    experiment_id : ndarray of int, shape (reflection,)
        Number by which the table calls the sweep; -1 where it was not indexed.
    flags : ndarray of uint64, shape (reflection,), or None
        DIALS's bit flags.
    identifiers : mapping of int to str
        Name of the sweep that each ``experiment_id`` stands for; may be empty.
    panel : ndarray of int, shape (reflection,), or None
        Detector panel that saw it.
    observed_mm, calculated_mm : ndarray of float64, shape (reflection, 3), or None
        Where it was seen, and where it is calculated to be: along fast and slow, mm, and the scan angle, radians.
    observed_px, calculated_px : ndarray of float64, shape (reflection, 3), or None
        The same in pixels and images.
    scaling : ScalingSelection or None
        Which rows DIALS's scaling uses; None where the table has no flags.
    provenance : Provenance
        The file and its hash.

    Raises
    ------
    InputError
        No rows, neither scattered vectors nor positions, no scan angles, or columns of different length.
    """

    s1: NDArray[np.float64] | None = None
    phi_rad: NDArray[np.float64] | None = None
    miller_index: NDArray[np.int64] | None = None
    experiment_id: NDArray[np.int64] | None = None
    flags: NDArray[np.uint64] | None = None
    identifiers: Mapping[int, str] = field(default_factory=dict)
    panel: NDArray[np.int64] | None = None
    observed_mm: NDArray[np.float64] | None = None
    observed_px: NDArray[np.float64] | None = None
    calculated_mm: NDArray[np.float64] | None = None
    calculated_px: NDArray[np.float64] | None = None
    scaling: ScalingSelection | None = None
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        positions = [getattr(self, name) for name in POSITIONS]
        if self.s1 is None and (self.panel is None or all(column is None for column in positions)):
            raise InputError(
                "The reflection table has no column 's1', nor 'panel' and positions to compute it from; use a "
                "predicted or integrated table."
            )
        if self.phi_rad is None and all(column is None for column in positions):
            raise InputError(
                "The reflection table has no column 'xyzobs.mm.value' or 'xyzcal.mm', so the scan angles are unknown."
            )
        n = len(next(column for column in (self.s1, *positions) if column is not None))
        if n == 0:
            raise InputError("The reflection table is empty.")
        for name in ("s1", "phi_rad", *POSITIONS):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        ids = np.zeros(n, dtype=np.int64) if self.experiment_id is None else np.asarray(self.experiment_id, np.int64)
        object.__setattr__(self, "experiment_id", ids)
        if self.panel is not None:
            object.__setattr__(self, "panel", np.asarray(self.panel).astype(np.int64))
        vectors = dict.fromkeys(("s1", "miller_index", *POSITIONS), (n, 3))
        shapes = {**vectors, **dict.fromkeys(("phi_rad", "experiment_id", "flags", "panel"), (n,))}
        for name, shape in shapes.items():
            column = getattr(self, name)
            if column is None:
                continue
            if np.shape(column) != shape:
                raise InputError(f"The column {name} has shape {np.shape(column)}, expected {shape}.")
            object.__setattr__(self, name, read_only(np.asarray(column)))

    def __len__(self) -> int:
        assert self.experiment_id is not None
        return len(self.experiment_id)


# Columns that are read; the others stay in the file.
WANTED = ("s1", "miller_index", "panel", *POSITIONS.values(), *COLUMNS)


def read_reflections(path: str | Path) -> Reflections:
    """Read the columns of a DIALS reflection table that absorption needs.

    Parameters
    ----------
    path : str or Path
        A ``.refl`` file (msgpack) with ``s1``, or ``panel`` and positions, and with positions along the scan.

    Returns
    -------
    Reflections

    Raises
    ------
    InputError
        Not a reflection table, truncated, a column of the wrong type, or too few columns.
    """
    table = read_reflection_file(path, WANTED)
    columns: dict[str, Any] = {
        "s1": table.column("s1", 3),
        "miller_index": table.column("miller_index", 3, "i"),
        "experiment_id": table.column("id", kinds="iu"),
        "flags": flags_of(table),
        "panel": table.column("panel", kinds="iu"),
        **{name: table.column(key, 3) for name, key in POSITIONS.items()},
    }
    scaling = ScalingSelection.of(table)
    try:
        return Reflections(
            **columns, identifiers=table.identifiers, scaling=scaling, provenance=Provenance.of_file(path)
        )
    except InputError as error:
        raise InputError(f"{table.path.name}: {error}") from None
