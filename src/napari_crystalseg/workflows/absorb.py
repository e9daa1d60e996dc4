"""Absorb: from labels and the files of a diffraction experiment to factors, tables and what DIALS's scaling takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..factors import Factors
from ..io import check_outputs, replacing, write_text, writing_into
from ..io.factors_tables import (
    record_beside,
    write_factors_csv,
    write_factors_hdf5,
    write_factors_json,
    write_record_beside,
)
from ..judgement.unit_doubts import unit_doubts
from ..labels import Labels
from ..progress import Progress, part, silent
from .coefficient_energy import coefficients_for

if TYPE_CHECKING:
    from ..absorption import Coefficients, Directions
    from ..absorption.tracing.illumination import Illumination


@dataclass(frozen=True)
class AbsorbOutputs:
    """Files to write; None for those that are not wanted.

    Parameters
    ----------
    json, csv, hdf5 : Path or None
        Table of factors. Beside the CSV goes its record, ``<csv>.json``.
    histogram : Path or None
        Picture of the histogram, PNG; the counts go beside it as CSV with its record.
    scaling_table : Path or None
        Reflection table for ``dials.scale``; beside it go its record and the commands to run.
    cif : Path or None
        What a paper states of the correction: T_min, T_max, coefficient, type and details.
    corrected_table : Path or None
        Reflection table with its intensities divided by A, for what knows no analytical correction (DIALS before 3.13,
        XDS, AIMLESS); beside it go its record and what to do with it.
    """

    json: Path | None = None
    csv: Path | None = None
    hdf5: Path | None = None
    histogram: Path | None = None
    scaling_table: Path | None = None
    cif: Path | None = None
    corrected_table: Path | None = None

    @property
    def tables(self) -> tuple[Path, ...]:
        """Reflection tables that are wanted."""
        return tuple(path for path in (self.scaling_table, self.corrected_table) if path is not None)

    def files(self) -> Iterator[Path]:
        """Yield every file that is written, those beside others too."""
        from ..absorption.scaling_table import companion_names

        yield from (path for path in (self.json, self.hdf5, self.cif) if path is not None)
        if self.csv is not None:
            yield from (self.csv, record_beside(self.csv))
        if self.histogram is not None:
            counts = self.histogram.with_suffix(".csv")
            yield from (self.histogram, counts, record_beside(counts))
        for table in self.tables:
            yield from (table, *companion_names(table))

    def derived(self, reflections: str | Path | None) -> list[Path]:
        """Files that the user did not name: their names follow from others."""
        named = {self.json, self.csv, self.hdf5, self.histogram, self.cif}
        usual = () if reflections is None else (scaling_table_name(reflections), corrected_table_name(reflections))
        named.update(table for table in self.tables if table.name not in usual)
        return [path for path in self.files() if path not in named]


@dataclass(frozen=True)
class AbsorbResult:
    """What :func:`absorb_to_files` made.

    Parameters
    ----------
    factors : Factors
        Absorption factors.
    files : tuple of Path
        What was written.
    statements : tuple of str
        What the user must know: rows left out, how well table and models agree, what was computed or assumed.
    commands : tuple of str
        Lines to run in DIALS; empty without a scaling table.
    """

    factors: Factors
    files: tuple[Path, ...]
    statements: tuple[str, ...]
    commands: tuple[str, ...]


def scaling_table_name(reflections: str | Path) -> str:
    """Return the usual name of the table for ``dials.scale``."""
    return f"{Path(reflections).stem}_absorption.refl"


def corrected_table_name(reflections: str | Path) -> str:
    """Return the usual name of the table with intensities divided by A."""
    return f"{Path(reflections).stem}_corrected.refl"


def absorb_to_files(
    labels: Labels,
    coefficients: Coefficients,
    directions: Directions,
    outputs: AbsorbOutputs,
    *,
    convert: bool = False,
    tolerance: float = 1e-3,
    illumination: Illumination | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> AbsorbResult:
    """Compute absorption factors and write them in every form wanted.

    Places are judged before the tracing, and so is whether every reflection that scaling would use has a direction.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    directions : Directions
        Those of the reflections of an experiment, or over the sphere.
    outputs : AbsorbOutputs
        What to write.
    convert : bool
        Bring coefficients of another photon energy to the experiment's, in place of refusing them; where sweeps are of
        several wavelengths, to each.
    tolerance, illumination, seed
        As :func:`~napari_crystalseg.absorption.absorb` takes them.
    progress : Progress
        Told how far it is; raises to cancel.

    Returns
    -------
    AbsorbResult

    Raises
    ------
    InputError
        Files that cannot be written, a table for scaling without reflections, or labels without a crystal.
    """
    _ = labels.required_voxel_size_um  # refused before the work where it is not known
    _check_outputs(outputs, directions)
    if not (convert or coefficients.origin == "tabulated"):
        directions.check_one_wavelength()
    groups = directions.by_wavelength()
    # All are judged before the first is traced.
    held = [coefficients_for(coefficients, group.energies_kev, convert) for group in groups]
    factors, said = judged_factors(
        labels,
        [(group, each) for group, (each, _) in zip(groups, held, strict=True)],
        tuple(dict.fromkeys(text for _, told in held for text in told)),
        tolerance=tolerance,
        illumination=illumination,
        seed=seed,
        progress=part(progress, 0.0, 0.95),
    )
    progress(0.95, "Writing the factors")
    result = _written(factors, directions, outputs)
    result = replace(result, statements=(*said, *result.statements))
    progress(1.0, "Absorption factors written")
    return result


def judged_factors(
    labels: Labels,
    groups: Sequence[tuple[Directions, Coefficients]],
    said: tuple[str, ...],
    *,
    tolerance: float = 1e-3,
    illumination: Illumination | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[Factors, tuple[str, ...]]:
    """Compute absorption factors, and doubt them: what is found goes into their record.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    groups : sequence of (Directions, Coefficients)
        Directions of each wavelength, with the linear attenuation coefficients at it, 1/µm.
    said : tuple of str
        What is to be known of the coefficients already.
    tolerance, illumination, seed
        As :func:`~napari_crystalseg.absorption.absorb` takes them.
    progress : Progress
        Told how far it is; raises to cancel.

    Returns
    -------
    factors : Factors
        Absorption factors.
    said : tuple of str
        All that the user must know of the coefficients and the units.
    """
    from ..absorption import absorb

    parts = [
        absorb(
            labels,
            coefficients,
            directions,
            tolerance=tolerance,
            illumination=illumination,
            seed=seed,
            progress=part(progress, number / len(groups), (number + 1) / len(groups)),
        )
        for number, (directions, coefficients) in enumerate(groups)
    ]
    factors = reduce(Factors.filled_from, parts)
    said = (*said, *unit_doubts(labels, factors.absorption))
    return replace(factors, provenance=factors.provenance.then("judge the coefficients", found=list(said))), said


def write_factors(
    factors: Factors, directions: Directions | None, outputs: AbsorbOutputs, *, progress: Progress = silent
) -> AbsorbResult:
    """Write absorption factors that were computed before, in every form wanted.

    Parameters
    ----------
    factors : Factors
        Absorption factors; those of a DIALS experiment are one a row of its table.
    directions : Directions or None
        Those of the experiment that they were computed for; None over a sphere.
    outputs : AbsorbOutputs
        What to write.
    progress : Progress
        Told how far it is.

    Returns
    -------
    AbsorbResult

    Raises
    ------
    InputError
        As :func:`absorb_to_files`, or the factors belong to another table.
    """
    _check_outputs(outputs, directions)
    if directions is not None and directions.of_experiment and len(factors) != len(directions):
        raise InputError(
            f"There are {len(factors)} absorption factors but {len(directions)} reflections in the table; they belong "
            "to another one."
        )
    progress(0.3, "Writing the factors")
    return _written(factors, directions, outputs)


def _check_outputs(outputs: AbsorbOutputs, directions: Directions | None) -> None:
    """Judge places before the work."""
    from ..absorption import check_rows_for_scaling

    files = None if directions is None else directions.files
    if outputs.tables and files is None:
        raise InputError("A table for dials.scale needs the experiment (.expt) and the reflections (.refl).")
    check_outputs(outputs.files(), files or ())
    if outputs.tables and directions is not None:
        check_rows_for_scaling(directions)


def _written(factors: Factors, directions: Directions | None, outputs: AbsorbOutputs) -> AbsorbResult:
    statements = [] if directions is None else list(directions.statements)
    commands: tuple[str, ...] = ()
    files = None if directions is None else directions.files
    derived = outputs.derived(None if files is None else files[1])
    folder = next((path.parent for path in derived), Path())
    with writing_into(folder, derived) as output:
        if directions is not None and files is not None and outputs.scaling_table is not None:
            statements += _write_scaling_table(factors, directions, outputs.scaling_table)
            from ..absorption import scaling_commands

            commands = scaling_commands(outputs.scaling_table, files[0], directions.sweeps)
        if directions is not None and files is not None and outputs.corrected_table is not None:
            statements += _write_corrected_table(factors, directions, outputs.corrected_table)
        _write_tables(factors, outputs, None if directions is None else directions.experiment_id)
        if outputs.cif is not None:
            from ..absorption import absorption_cif

            write_text(outputs.cif, absorption_cif(factors, directions, outputs.cif.stem))
    # Those of a folder of results are said by the task that it is of.
    statements += output.statements if output.folder is None else []
    return AbsorbResult(factors, tuple(outputs.files()), tuple(statements), commands)


def _write_scaling_table(factors: Factors, directions: Directions, out: Path) -> list[str]:
    from ..absorption import write_scaling_table

    statements = []
    written = write_scaling_table(directions, factors, out)
    if written.without_factor:
        statements.append(
            f"{written.without_factor} rows without a direction hold 1 in the table; scaling does not use them."
        )
    if written.too_small:
        statements.append(
            f"{written.too_small} factors are below 0.001, and dials.scale drops these reflections: are the "
            "coefficients in 1/µm?"
        )
    return statements


def _write_corrected_table(factors: Factors, directions: Directions, out: Path) -> list[str]:
    from ..absorption.corrected_table import corrected_commands, write_corrected_table

    written = write_corrected_table(directions, factors, out)
    return [written.sentence(), f"In any version of DIALS: {corrected_commands(out, directions)[0]}"]


def _write_tables(factors: Factors, outputs: AbsorbOutputs, experiment_id: np.ndarray | None) -> None:
    if outputs.json is not None:
        write_factors_json(factors, outputs.json, experiment_id)
    if outputs.csv is not None:
        write_factors_csv(factors, outputs.csv, experiment_id)
        write_record_beside(outputs.csv, factors.provenance)
    if outputs.hdf5 is not None:
        write_factors_hdf5(factors, outputs.hdf5, experiment_id)
    if outputs.histogram is not None:
        write_histogram(factors, outputs.histogram)


def write_histogram(factors: Factors, picture: str | Path) -> None:
    """Write the histogram of A as a picture (PNG), its counts beside it as CSV, and their record."""
    from ..absorption import absorption_histogram
    from ..pictures.sample_pictures import histogram_png

    picture = Path(picture)
    counts = picture.with_suffix(".csv")
    histogram = absorption_histogram(factors)
    write_text(counts, histogram.to_csv())
    write_record_beside(counts, factors.provenance)
    with replacing(picture) as partial:
        partial.write_bytes(histogram_png(histogram, float(np.nanmean(factors.absorption))))
