"""Process: the whole main job, from a raw scan or a volume to absorption factors and a report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...io import open_uncertainty, writing_into
from ...labels import Labels
from ...progress import Progress, silent
from ...segmentation.grids.class_probabilities import ClassProbabilities
from ...volume import Volume
from .absorb_stage import absorb_stage
from .export_stage import export_stage
from .facts import AbsorbFacts
from .process_run import ProcessRun
from .reconstruct_stage import reconstruct_stage
from .report_stage import report_stage
from .request import Request
from .segment_stage import segment_stage
from .stages import Stages

if TYPE_CHECKING:
    from ...absorption import Coefficients, Directions
    from ...tomography import Recipe

Arrived = Callable[[str, Volume | Labels | NDArray[np.uint8] | ClassProbabilities | AbsorbFacts], None]
"""Told of results as they come: ``"volume"``, ``"uncertainty"``, ``"labels"`` and ``"factors"``."""

DIRECTIONS = 500
"""Over the sphere, where there are no reflections."""


@dataclass(frozen=True)
class ProcessResult:
    """What a run of :func:`process` made.

    Parameters
    ----------
    folder : Path
        Folder of all results.
    report, volume, labels, uncertainty : Path
        The page to read, and the files to open.
    factors : Path or None
        ``factors.json``; None when no crystal was found, or in a single slice.
    crystal_found : bool
        Whether there is a crystal, and so absorption factors of all but a single slice.
    coefficients : Coefficients
        Linear attenuation coefficients that were used, or would have been, 1/µm.
    coefficients_explanation : str
        Where they come from.
    doubts : tuple of str
        What speaks against the labels; they are among the statements, too.
    statements : tuple of str
        What the user must know: which coefficients were used, what was assumed, what looks wrong, and what became of
        files that were changed in the folder.
    skipped : tuple of str
        Stages that an earlier run had already done.
    """

    folder: Path
    report: Path
    volume: Path
    labels: Path
    uncertainty: Path
    factors: Path | None
    crystal_found: bool
    coefficients: Coefficients
    coefficients_explanation: str
    doubts: tuple[str, ...]
    statements: tuple[str, ...]
    skipped: tuple[str, ...]


def process(
    path: str | Path,
    out_dir: str | Path,
    *,
    model: str | Path | None = None,
    voxel_size_um: float | None = None,
    axes: str | None = None,
    dataset: str | None = None,
    coefficients: Coefficients | None = None,
    other_per_um: float | None = None,
    convert: bool = False,
    energy_kev: float | None = None,
    directions: Directions | None = None,
    centre_px: float | None = None,
    axis: str = "columns",
    force: bool = False,
    recipe: Recipe | None = None,
    arrived: Arrived | None = None,
    progress: Progress = silent,
) -> ProcessResult:
    """Take a raw scan or a volume all the way to absorption factors and a report.

    Each stage (reconstruct, segment, absorb, export, report) writes its files whole and records them in
    ``manifest.json``; a stage whose inputs, parameters and code are unchanged is not done again.

    Labels that were corrected in the folder are gone on with, for as long as input and model are the same. Any other
    file that is not as a run left it is the user's, and is kept under another name before a new one takes its place.

    Parameters
    ----------
    path : path
        Raw scan or reconstructed volume.
    out_dir : path
        Folder of the results.
    model : path, optional
        Model folder of nnU-Net; by default a bundled one: of slices where the volume has fewer than 24, else of
        volumes.
    voxel_size_um : float, optional
        Voxel size of a volume, or pixel size of a scan, in place of what the file says, µm.
    axes, dataset : str, optional
        How the axes of a volume lie, and which of several in a file it is, as :func:`~..io.open_volume` takes them.
    coefficients : Coefficients, optional
        Linear attenuation coefficients. By default those of typical materials at ``energy_kev``; else at the energy of
        the experiment or scan; else measured in the volume; else a stated assumption.
    other_per_um : float, optional
        Coefficient of class 4 (bubble, salt), 1/µm, where the others are not given.
    convert : bool
        Bring coefficients of another photon energy to the experiment's, in place of refusing them.
    energy_kev : float, optional
        Photon energy of the diffraction experiment, keV; that of the experiment file by default.
    directions : Directions, optional
        Those of the reflections of an experiment; 500 over the sphere by default.
    centre_px : float, optional
        Column of the rotation axis of a scan; found automatically by default.
    axis : {"columns", "rows"}
        What the rotation axis of a scan lies along on the detector.
    force : bool
        Go on with a scan that does not fit its angles, or of which many frames are bad.
    recipe : Recipe, optional
        How a scan is to be reconstructed in every respect, in place of ``centre_px``, ``axis`` and ``force``.
    arrived : callable, optional
        ``arrived(name, noun)`` is told of volume, uncertainty, class probabilities, labels and factors (what is known
        of them) as soon as each is there.
    progress : Progress
        Told what is being done; raise :class:`~napari_crystalseg.errors.Cancelled` from it to stop.

    Returns
    -------
    ProcessResult

    Raises
    ------
    InputError
        The input cannot be used or does not say its voxel size, the sweeps are of several wavelengths, or another run
        writes to the folder. What can be judged without the long work is judged before it.
    """
    from ...absorption import Directions
    from ...tomography import Recipe

    request = Request(
        path=Path(path),
        directions=Directions.over_sphere(DIRECTIONS) if directions is None else directions,
        recipe=Recipe(centre_px=centre_px, axis=axis, force=force) if recipe is None else recipe,
        model=None if model is None else Path(model),
        voxel_size_um=voxel_size_um,
        axes=axes,
        dataset=dataset,
        coefficients=coefficients,
        other_per_um=other_per_um,
        convert=convert,
    ).judged(Path(out_dir), energy_kev)
    with writing_into(out_dir) as output:
        return _through_all_stages(ProcessRun(Stages(output), progress), request, arrived)


def _through_all_stages(run: ProcessRun, request: Request, arrived: Arrived | None) -> ProcessResult:
    made = reconstruct_stage(run, request)
    if arrived is not None:
        arrived("volume", run.volume())
    segmented = segment_stage(run, request, made)
    if arrived is not None:
        # The labels last: whoever is told of them knows then how sure they are.
        arrived("uncertainty", open_uncertainty(run.folder / "uncertainty.tif"))
        if run.probabilities is not None:
            arrived("probabilities", run.probabilities)
        arrived("labels", run.labels(made, segmented))
    absorbed = absorb_stage(run, request, made, segmented)
    if arrived is not None:
        arrived("factors", absorbed)
    exported = export_stage(run, request, made, segmented, absorbed)
    reported = report_stage(run, request, made, segmented, absorbed)
    statements = list(run.stages.output.statements)
    if segmented.corrected is not None:
        statements.append(segmented.corrected)
    statements += [f"Assumed: {text}." for text in made.assumed]
    statements += made.found or ()
    statements += [f"{text}." for text in made.said]
    if absorbed.factors is not None:
        statements += [absorbed.coefficients_explanation, *absorbed.factors.statements]
    if exported.without_anacor is not None:
        statements.append(exported.without_anacor)
    statements += reported.doubts
    run.progress(1.0, "Done")
    return ProcessResult(
        folder=run.folder,
        report=run.folder / "report.html",
        volume=run.folder / "volume.tif",
        labels=run.folder / "labels.tif",
        uncertainty=run.folder / "uncertainty.tif",
        factors=None if absorbed.factors is None else run.folder / "factors.json",
        crystal_found=absorbed.crystal_found,
        coefficients=absorbed.coefficients,
        coefficients_explanation=absorbed.coefficients_explanation,
        doubts=reported.doubts,
        statements=tuple(statements),
        skipped=tuple(run.skipped),
    )
