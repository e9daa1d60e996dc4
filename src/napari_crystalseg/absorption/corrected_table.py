"""The reflection table with its intensities divided by A, for scaling that knows no analytical correction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..experiment.table.measured_intensities import DIVIDED_OUT, KINDS
from ..experiment.table.scaling_selection import ScalingSelection
from ..factors import Factors
from ..io import check_writable, save_json, write_text
from .directions import Directions
from .scaling_table import COLUMN, companion_names, factors_in_table, is_narrow

OF_SCALING = (
    "intensity.scale.value",
    "intensity.scale.variance",
    "inverse_scale_factor",
    "inverse_scale_factor_variance",
)
"""What an earlier dials.scale made of intensities that were not divided; dials.export would take it before them."""


@dataclass(frozen=True)
class CorrectedTable:
    """What was written.

    Parameters
    ----------
    path, record, instructions : Path
        The table, its provenance as JSON, and a text that says what it is and how to go on.
    columns : tuple of str
        Columns that were divided.
    without_factor : int
        Rows without a direction, which are as they were and which scaling does not use.
    """

    path: Path
    record: Path
    instructions: Path
    columns: tuple[str, ...]
    without_factor: int

    def sentence(self) -> str:
        """Say what the table must not be used with."""
        return (
            f"The intensities of {self.path.name} are divided by A: scale it without analytical_correction, which "
            "would correct twice."
        )


def write_corrected_table(directions: Directions, factors: Factors, out: str | Path) -> CorrectedTable:
    """Write a reflection table with I / A and variance / A² in place of intensities and their variances.

    Both kinds, by summation and by profile fitting, are divided; flags and every other column are copied byte by byte,
    but for a column ``analytical_correction`` and scaled intensities of an earlier scaling, which are left out:
    ``dials.export`` would write those in place of the corrected ones. A goes into a column of its own,
    ``absorption_divided_out``: DIALS takes no notice of it, and it keeps such a table from being corrected again here.

    Parameters
    ----------
    directions : Directions
        Those of the files that the factors were computed for.
    factors : Factors
        Absorption factors, one a row.
    out : str or Path
        Table to write, another file than the one read. ``<out>.json`` and ``<stem>_README.txt`` go beside it.

    Returns
    -------
    CorrectedTable

    Raises
    ------
    InputError
        As :func:`~.scaling_table.write_scaling_table`, or the table has no intensities.
    """
    if directions.files is None:
        raise InputError("A corrected table needs the experiment (.expt) and the reflections (.refl).")
    out = Path(out)
    record, instructions = companion_names(out)
    for path in (out, record, instructions):
        check_writable(path)
    names = tuple(f"intensity.{kind}.{part}" for kind in KINDS for part in ("value", "variance"))
    table, used, values = factors_in_table(directions, factors, names)
    columns: dict[str, NDArray[np.float64]] = {}
    for name in names:
        column = table.column(name, kinds="f")
        if column is not None:
            columns[name] = column / (values if name.endswith("value") else np.square(values))
    if not columns:
        raise InputError(
            f"{table.path.name} has no intensities (intensity.sum or intensity.prf) to divide by A: give an integrated "
            "table."
        )
    left_out = tuple(name for name in (COLUMN, *OF_SCALING) if name in table.names)
    table.write_with({**columns, DIVIDED_OUT: values}, out, without=left_out)
    missing = int(np.count_nonzero(~np.isfinite(factors.absorption)))
    provenance = factors.provenance.then(
        "write the corrected table",
        columns=list(columns),
        factors_in_column=DIVIDED_OUT,
        rows=table.rows,
        rows_without_factor=missing,
        left_out=list(left_out),
    )
    save_json(provenance.to_dict(), record)
    write_text(instructions, _instructions(out, directions, tuple(columns), left_out, used, missing))
    return CorrectedTable(out, record, instructions, tuple(columns), missing)


def corrected_commands(reflections: str | Path, directions: Directions) -> tuple[str, str]:
    """Return the two lines to run: without an empirical surface, and with one on top (any DIALS)."""
    assert directions.files is not None
    begin = f"dials.scale {quote(str(reflections))} {quote(str(directions.files[0]))}"
    if any(is_narrow(sweep.oscillation_deg, sweep.image_range) for sweep in directions.sweeps):
        begin += " model=physical"
    if any(sweep.scaled for sweep in directions.sweeps):
        begin += " overwrite_existing_models=True"
    return f"{begin} physical.absorption_correction=False", f"{begin} physical.absorption_level=high"


def _instructions(
    out: Path,
    directions: Directions,
    columns: tuple[str, ...],
    left_out: tuple[str, ...],
    used: ScalingSelection | None,
    missing: int,
) -> str:
    assert directions.files is not None
    experiment = directions.files[0].name
    beside = replace(directions, files=(Path(experiment), directions.files[1]))
    alone, together = corrected_commands(out.name, beside)
    lines = [
        f"{out.name} is the reflection table with its intensities DIVIDED by the absorption factors A: I / A, and the",
        "variances divided by A². Divided are " + ", ".join(columns) + ".",
        f"A itself is in the column '{DIVIDED_OUT}'. Flags and all other columns are as they were.",
        *([f"Left out, as they do not go with divided intensities: {', '.join(left_out)}."] if left_out else []),
        "",
        "It is for what knows no analytical correction: DIALS before 3.13, and the ways by way of XDS or AIMLESS.",
        "",
        "DO NOT use it with physical.analytical_correction=True, nor with the table that holds the column",
        f"'{COLUMN}': the data would be corrected twice.",
        "",
        f"In a folder that holds {out.name} and {experiment}, any version of DIALS:",
        f"  {alone}",
        "With a spherical harmonic correction on top, for what the labels do not tell:",
        f"  {together}",
        "",
        "For AIMLESS, unmerged intensities as MTZ:",
        f"  dials.export {quote(experiment)} {quote(out.name)} format=mtz",
        "For XSCALE, as XDS_ASCII:",
        f"  dials.export {quote(experiment)} {quote(out.name)} format=xds_ascii",
        "",
        "Rows without a direction are as they were; scaling does not use them." if missing else "Every row is divided.",
    ]
    if used is not None:
        lines.append(used.sentence())
    return "\n".join(lines) + "\n"
