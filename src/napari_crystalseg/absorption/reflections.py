"""Reflections: a DIALS ``.refl`` table, read without DIALS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..checks import read_only
from ..errors import InputError
from ..provenance import Provenance
from .reflection_file import read_reflection_file
from .scaling_selection import COLUMNS, ScalingSelection

if TYPE_CHECKING:
    from .experiment import Experiment


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
    panel : ndarray of int, shape (reflection,), or None
        Detector panel that saw it.
    position_mm, position_px : ndarray of float64, shape (reflection, 2), or None
        Where on the panel it is calculated to be (observed, where not calculated), mm and pixels along fast and slow.
    scaling : ScalingSelection or None
        Which rows DIALS's scaling uses; None where the table has no flags.
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
    panel: NDArray[np.int64] | None = None
    position_mm: NDArray[np.float64] | None = None
    position_px: NDArray[np.float64] | None = None
    scaling: ScalingSelection | None = None
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
        if self.panel is not None:
            object.__setattr__(self, "panel", np.asarray(self.panel).astype(np.int64))
        vectors = {"miller_index": (n, 3), "position_mm": (n, 2), "position_px": (n, 2)}
        shapes = {"phi_rad": (n,), "experiment_id": (n,), "flags": (n,), "panel": (n,), **vectors}
        for name, shape in shapes.items():
            column = getattr(self, name)
            if column is None:
                continue
            if np.shape(column) != shape:
                raise InputError(f"The column {name} has shape {np.shape(column)}, expected {shape}.")
            object.__setattr__(self, name, read_only(np.asarray(column)))

    def __len__(self) -> int:
        return len(self.s1)


# Columns that are read; the others stay in the file.
WANTED = (
    "s1",
    "miller_index",
    "panel",
    "xyzobs.mm.value",
    "xyzcal.mm",
    "xyzobs.px.value",
    "xyzcal.px",
    *COLUMNS,
)


def read_reflections(path: str | Path, experiment: Experiment | None = None) -> Reflections:
    """Read the columns of a DIALS reflection table that absorption needs.

    The scan angle is that of ``xyzobs.mm.value``; where that column is missing, or a row of it is all zero because the
    reflection was not observed, that of ``xyzcal.mm``. Given an experiment, what is missing is computed from its
    models, and the provenance says so: ``s1`` from the positions on the panels, the scan angle from positions in
    images.

    Parameters
    ----------
    path : str or Path
        A ``.refl`` file (msgpack) with ``s1`` and ``xyzobs.mm.value`` or ``xyzcal.mm``.
    experiment : Experiment, optional
        The experiment that the table belongs to; needed where these columns are missing.

    Returns
    -------
    Reflections

    Raises
    ------
    InputError
        Not a reflection table, truncated, a column of the wrong type, or too few columns.
    """
    table = read_reflection_file(path, WANTED)
    name = table.path.name
    s1 = table.column("s1", 3)
    observed, calculated = (table.column(key, 3) for key in ("xyzobs.mm.value", "xyzcal.mm"))
    observed_px, calculated_px = (table.column(key, 3) for key in ("xyzobs.px.value", "xyzcal.px"))
    panel = table.column("panel", kinds="iu")
    computed: list[str] = []
    if s1 is None:
        if panel is None or all(c is None for c in (observed, calculated, observed_px, calculated_px)):
            raise InputError(
                f"{name} has no column 's1', nor 'panel' and positions to compute it from; use a predicted or "
                "integrated table."
            )
        computed.append("s1 from the positions on the panels")
    centroid = _first_known(observed, calculated)
    if centroid is not None:
        phi = centroid[:, 2]
    elif observed_px is None and calculated_px is None:
        raise InputError(f"{name} has no column 'xyzobs.mm.value' or 'xyzcal.mm', so the scan angles are unknown.")
    else:
        phi = np.full(table.rows, np.nan)
        computed.append("scan angles from positions in images")
    if computed and experiment is None:
        raise InputError(
            f"{name} has no {' and no '.join(text.split(' from ')[0] for text in computed)}: they can be computed, but "
            "only with the experiment file (.expt)."
        )
    # Where the scattered beam is predicted: the calculated position, as s1 of an integrated table is calculated.
    place, place_px = _first_known(calculated, observed), _first_known(calculated_px, observed_px)
    provenance = Provenance.of_file(path)
    reflections = Reflections(
        s1=np.full((table.rows, 3), np.nan) if s1 is None else s1,
        phi_rad=phi,
        miller_index=table.column("miller_index", 3, "i"),
        experiment_id=table.column("id", kinds="i"),
        flags=table.column("flags", kinds="u"),
        identifiers=table.identifiers,
        panel=panel,
        position_mm=None if place is None else place[:, :2],
        position_px=None if place_px is None else place_px[:, :2],
        scaling=ScalingSelection.of(table),
        provenance=provenance,
    )
    if not computed or experiment is None:
        return reflections
    from .geometry_check import scan_angles, scattered_vectors

    if centroid is None:
        images = _first_known(observed_px, calculated_px)
        assert images is not None
        phi = scan_angles(experiment, reflections, images[:, 2])
    vectors = scattered_vectors(experiment, reflections) if s1 is None else reflections.s1
    record = provenance.then("complete the reflection table", computed=computed)
    return replace(reflections, s1=vectors, phi_rad=phi, provenance=record)


def _first_known(first: NDArray[Any] | None, second: NDArray[Any] | None) -> NDArray[np.float64] | None:
    """Positions of the first table, and of the second where a row of the first is all zero, that is, not known."""
    if first is None or second is None:
        return second if first is None else first
    return np.where((first == 0).all(axis=1, keepdims=True), second, first)
