"""What the stage Export asks of the worker process: plain functions, without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...factors import Factors
from ...labels import Labels
from ...progress import Progress, part, silent
from ...provenance import Provenance
from ...workflows.absorb import AbsorbOutputs, corrected_table_name, scaling_table_name, write_factors
from .factors import directions_of
from .folder import make_folder
from .reflection_files import ReflectionFiles

FILES = {
    "labels": "_labels.tif",
    "masks": "_masks",
    "factors": "_factors.json",
    "csv": "_factors.csv",
    "hdf5": "_factors.h5",
    "histogram": "_histogram.png",
    "cif": "_absorption.cif",
    "anacor": "_anacor",
}
"""What can be exported, and how its file or folder is named after the stem; the table for DIALS has its own name."""

SCALING = "scaling"
"""The table for ``dials.scale``, which is named after the one that it is made of."""

CORRECTED = "corrected"
"""The table with intensities divided by A, which is named so, too."""

OF_FACTORS = ("factors", "csv", "hdf5", "histogram", SCALING, "cif", CORRECTED)
"""What holds absorption factors."""


@dataclass(frozen=True)
class ExportPlan:
    """What is written where.

    Parameters
    ----------
    folder : Path
        Folder to write to; made where it is missing.
    stem : str
        Beginning of the names.
    chosen : tuple of str
        Any of the keys of :data:`FILES`, :data:`SCALING` and :data:`CORRECTED`.
    reflection_files : ReflectionFiles, tuple of (str, str), or None
        DIALS ``.expt`` and ``.refl``, which the factors are of, where any are chosen.
    """

    folder: Path
    stem: str
    chosen: tuple[str, ...]
    reflection_files: ReflectionFiles | tuple[str, str] | None = None

    def path(self, name: str) -> Path:
        """Return file or folder of one choice."""
        if name in (SCALING, CORRECTED):
            named = scaling_table_name if name == SCALING else corrected_table_name
            return self.folder / named(self.reflection_files[1] if self.reflection_files else "")
        return self.folder / f"{self.stem}{FILES[name]}"

    def outputs(self) -> AbsorbOutputs:
        """Files with absorption factors."""
        wanted = [self.path(name) if name in self.chosen else None for name in OF_FACTORS]
        return AbsorbOutputs(*wanted)

    def paths(self) -> list[Path]:
        """Every file and folder that is written, those beside others too."""
        own = [self.path(name) for name in self.chosen if name not in OF_FACTORS]
        return [*own, *self.outputs().files()]


@dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    paths : tuple of str
        Files and folders.
    commands : tuple of str
        Lines to run in DIALS; empty without a table for it.
    statements : tuple of str
        What the user must know of the reflections.
    """

    paths: tuple[str, ...]
    commands: tuple[str, ...]
    statements: tuple[str, ...]


def export(
    labels: Labels,
    plan: ExportPlan,
    coefficients_per_um: Mapping[str, Any],
    offset_deg: float = 0.0,
    factors: Factors | None = None,
    confirmed: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Exported:
    """Write labels, masks, factors in several forms, the table for DIALS and the AnACor folder.

    Parameters
    ----------
    labels : Labels
        Labels to write.
    plan : ExportPlan
        What is written where.
    coefficients_per_um : mapping of str to value
        Linear attenuation coefficients for AnACor's settings, 1/µm, and the other fields of
        :class:`~..absorption.Coefficients`.
    offset_deg : float
        Degrees added to the scan angles of the experiment, for AnACor's settings; the factors have it in them.
    factors : Factors or None
        Factors to write, where they are chosen.
    confirmed : tuple of str
        What is wrong and was known: it goes into the record of what is written.
    progress : Progress
        Told what is being written.

    Returns
    -------
    Exported

    Raises
    ------
    InputError
        Factors are chosen and there are none, or what is to be written is refused.
    """
    from ... import absorption, io
    from ...workflows.export import anacor_to_folder, masks_to_folder

    if confirmed:
        labels = replace(labels, provenance=_all_the_same(labels.provenance, confirmed))
        factors = None if factors is None else replace(factors, provenance=_all_the_same(factors.provenance, confirmed))
    make_folder(str(plan.folder))
    directions = None
    if plan.reflection_files is not None:
        progress(0.0, "reading the reflections")
        directions = directions_of(plan.reflection_files, None, offset_deg)
    commands: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    if any(name in OF_FACTORS for name in plan.chosen):
        if factors is None:
            raise InputError("There are no absorption factors: compute the absorption in the stage Check.")
        progress(0.0, "writing the factors")
        # First, as they are judged and may be refused.
        written = write_factors(factors, directions, plan.outputs(), progress=part(progress, 0.0, 0.3))
        commands, statements = written.commands, written.statements
    for name in plan.chosen:
        path = plan.path(name)
        if name == "labels":
            progress(0.3, f"writing {path.name}")
            io.save_labels(labels, path)
        elif name == "masks":
            progress(0.4, f"writing {path.name}")
            statements += tuple(masks_to_folder(labels, path).output.statements)
        elif name == "anacor":
            coefficients = absorption.Coefficients(**coefficients_per_um)
            exported = anacor_to_folder(
                labels, path, coefficients, directions, offset_deg, progress=part(progress, 0.5, 1.0)
            )
            statements += tuple(exported.output.statements)
    return Exported(tuple(str(path) for path in plan.paths()), commands, statements)


def _all_the_same(record: Provenance, confirmed: tuple[str, ...]) -> Provenance:
    return record.then("export all the same", known_problems=list(confirmed))
