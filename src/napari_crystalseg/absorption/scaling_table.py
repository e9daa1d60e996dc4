"""The reflection table that DIALS's scaling takes: the one given, with the column ``analytical_correction``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..experiment.experiment import Sweep
from ..experiment.table.measured_intensities import DIVIDED_OUT
from ..experiment.table.reflection_file import ReflectionFile, read_reflection_file
from ..experiment.table.scaling_selection import COLUMNS, ScalingSelection
from ..factors import Factors
from ..io import check_writable, save_json, write_text
from .directions import Directions

COLUMN = "analytical_correction"
NEUTRAL = 1.0
"""Written where there is no factor: DIALS needs a positive number in each row, used or not."""

SMALLEST_SCALE = 1e-3
"""``dials.scale`` drops reflections whose whole scale factor is smaller (its ``small_scale_cutoff``)."""


@dataclass(frozen=True)
class ScalingTable:
    """What was written.

    Parameters
    ----------
    path, record, instructions : Path
        The table, its provenance as JSON, and a text with the commands to run.
    without_factor : int
        Rows without a direction, which hold 1 and which scaling does not use.
    too_small : int
        Rows with a factor below 0.001, which ``dials.scale`` drops.
    """

    path: Path
    record: Path
    instructions: Path
    without_factor: int
    too_small: int


def companion_names(path: str | Path) -> tuple[Path, Path]:
    """Return the files that go with a scaling table: its provenance and its instructions."""
    path = Path(path)
    return path.with_name(path.name + ".json"), path.with_name(path.stem + "_README.txt")


def check_rows_for_scaling(directions: Directions) -> None:
    """Refuse, before the tracing, a table in which a reflection that scaling would use has no direction.

    Raises
    ------
    InputError
        There is such a reflection, or one experiment of several was chosen.
    """
    if "experiment_number" in directions.settings and len(directions.sweeps) > 1:
        raise InputError(
            "A table for dials.scale needs factors of every experiment in it: write none (--no-refl), or split the "
            "files with dials.split_experiments."
        )
    _check_missing(~directions.usable, directions.scaling)


def write_scaling_table(directions: Directions, factors: Factors, out: str | Path) -> ScalingTable:
    """Write a reflection table with A_h in the column ``analytical_correction``, and how to scale with it.

    DIALS takes the column as an inverse scale factor: it divides intensities by it, so A_h itself is written. Every
    other column is copied byte by byte. Rows without a direction, which were never indexed or integrated, hold 1;
    every other row holds its own factor, excluded or not, because ``dials.scale`` takes the exclusions of an earlier
    scaling off before it begins.

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
    ScalingTable

    Raises
    ------
    InputError
        The directions are not of files, the factors belong to another table, a reflection that scaling would use has no
        positive factor, or a file cannot be written.
    """
    if directions.files is None:
        raise InputError("A table for dials.scale needs the experiment (.expt) and the reflections (.refl).")
    out = Path(out)
    record, instructions = companion_names(out)
    for path in (out, record, instructions):
        check_writable(path)
    table, used, values = factors_in_table(directions, factors)
    missing = ~np.isfinite(factors.absorption)
    too_small = int(np.count_nonzero(values < SMALLEST_SCALE))
    table.write_with({COLUMN: values}, out)
    provenance = factors.provenance.then(
        "write the scaling table",
        column=COLUMN,
        rows=table.rows,
        rows_without_factor=int(missing.sum()),
        value_without_factor=NEUTRAL,
        rows_below_scale_cutoff=too_small,
        scaling=None
        if used is None
        else {"used": int(used.used.sum()), "left_out": dict(used.left_out), "flagged": dict(used.flagged_before)},
    )
    save_json(provenance.to_dict(), record)
    write_text(instructions, _instructions(out, directions, used, int(missing.sum())))
    return ScalingTable(out, record, instructions, int(missing.sum()), too_small)


def factors_in_table(
    directions: Directions, factors: Factors, wanted: tuple[str, ...] = ()
) -> tuple[ReflectionFile, ScalingSelection | None, NDArray[np.float64]]:
    """Read the table that factors are of, and judge whether they are fit for its rows.

    Parameters
    ----------
    directions : Directions
        Those of the files that the factors were computed for.
    factors : Factors
        Absorption factors, one a row.
    wanted : tuple of str
        Columns to read besides those that scaling judges by.

    Returns
    -------
    table : ReflectionFile
        The table.
    used : ScalingSelection or None
        Which of its rows scaling uses.
    values : ndarray of float64, shape (reflection,)
        A, and 1 in rows without a direction.

    Raises
    ------
    InputError
        The factors belong to another table, a reflection that scaling would use has no positive factor, or its
        intensities were divided by factors before.
    """
    assert directions.files is not None
    table = read_reflection_file(directions.files[1], (*COLUMNS, "miller_index", *wanted))
    if DIVIDED_OUT in table.names:
        raise InputError(
            f"The intensities of {table.path.name} are divided by absorption factors already (its column "
            f"'{DIVIDED_OUT}'), and a second correction would be one too many: give the table that it was made of."
        )
    index = table.column("miller_index", 3, "i")
    if table.rows != len(factors):
        raise InputError(
            f"{table.path.name} has {table.rows} rows but there are {len(factors)} absorption factors; they belong to "
            "another table."
        )
    if index is not None and factors.miller_index is not None and (index != factors.miller_index).any():
        raise InputError(
            f"The absorption factors belong to another table than {table.path.name}: other Miller indices."
        )
    used = ScalingSelection.of(table)
    missing = ~np.isfinite(factors.absorption)
    if factors.lit_fraction is not None and used is not None:
        _check_illuminated(used.used & (factors.lit_fraction == 0))
    _check_missing(missing, used)
    values = np.where(missing, NEUTRAL, factors.absorption)
    if (values <= 0).any():
        raise InputError(
            f"{np.count_nonzero(values <= 0)} reflections are absorbed altogether (A = 0), and DIALS cannot divide by "
            "zero; check the attenuation coefficients (in 1/µm) and the voxel size."
        )
    return table, used, values


def scaling_commands(
    reflections: str | Path, experiment_path: str | Path, sweeps: tuple[Sweep, ...]
) -> tuple[str, str]:
    """Return the two lines to run: analytical correction alone, and with spherical harmonics on top (DIALS >= 3.13).

    A scan below one degree needs ``model=physical``, and an experiment that was scaled before needs its old scaling
    model overwritten: ``dials.scale`` ignores the column otherwise.
    """
    from shlex import quote

    begin = f"dials.scale {quote(str(reflections))} {quote(str(experiment_path))}"
    extra = ""
    if any(is_narrow(sweep.oscillation_deg, sweep.image_range) for sweep in sweeps):
        extra += " model=physical"
    if any(sweep.scaled for sweep in sweeps):
        extra += " overwrite_existing_models=True"
    return (
        f"{begin}{extra} physical.absorption_correction=False physical.analytical_correction=True",
        f"{begin}{extra} physical.absorption_level=high physical.analytical_correction=True",
    )


def is_narrow(oscillation_deg: tuple[float, float] | None, images: tuple[int, int] | None) -> bool:
    """Whether a scan is so narrow that dials.scale takes another model for it than ``physical``: a degree or less."""
    if oscillation_deg is None or images is None:
        return True
    return abs(oscillation_deg[1]) * (images[1] - images[0] + 1) < 1.0 + 1e-6


def _check_missing(missing: NDArray[np.bool_], used: ScalingSelection | None) -> None:
    if missing.all():
        raise InputError(
            "No reflection has a usable direction: s1 or the scan angles are zero or not finite. Use an integrated "
            "table."
        )
    if used is None:
        return
    rows = np.flatnonzero(missing & used.used)
    if rows.size:
        raise InputError(
            f"{rows.size} reflections that scaling would use have no direction (s1 or the scan angle is zero or not "
            f"finite), first in row {rows[0]}; DIALS would scale them wrongly. Integrate again, or filter the table."
        )


def _check_illuminated(dark: NDArray[np.bool_]) -> None:
    if dark.any():
        raise InputError(
            f"The beam misses the crystal at {np.count_nonzero(dark)} reflections that scaling would use, first in row "
            f"{int(np.argmax(dark))}; check the beam's size and centre, and the offset between tomography and "
            "diffraction."
        )


def _instructions(out: Path, directions: Directions, used: ScalingSelection | None, missing: int) -> str:
    assert directions.files is not None
    experiment_path = directions.files[0]
    alone, together = scaling_commands(out.name, experiment_path.name, directions.sweeps)
    lines = [
        f"{out.name} is the reflection table with the absorption factors A in the column '{COLUMN}'.",
        "DIALS (3.13 and later) divides intensities by this column. All other columns are as they were.",
        "",
        f"Run one of these in a folder that holds {out.name} and {experiment_path.name}.",
        "",
        "The absorption factors alone:",
        f"  {alone}",
        "",
        "With a spherical harmonic correction on top, for what the labels do not tell:",
        f"  {together}",
        "",
        "Rows without a direction hold 1; scaling does not use them." if missing else "Every row has its own factor.",
    ]
    if used is not None:
        lines.append(used.sentence())
    return "\n".join(lines) + "\n"
