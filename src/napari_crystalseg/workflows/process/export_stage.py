"""The stage Export: masks, and a folder that AnACor reads."""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError
from ...io.files.output_folder import is_as_written
from ...progress import Progress, part
from .absorb_stage import dependencies_of
from .facts import AbsorbFacts, ExportFacts, ReconstructFacts, SegmentFacts
from .process_run import ProcessRun
from .request import Request


def export_stage(
    run: ProcessRun, request: Request, made: ReconstructFacts, segmented: SegmentFacts, absorbed: AbsorbFacts
) -> ExportFacts:
    """Write a mask of each class and, where there are factors, the folder for AnACor."""
    directions = request.directions
    depends = {
        "directions": dependencies_of(directions) if directions.of_experiment else None,
        "labels": run.stages.files("segment"),
        "coefficients": absorbed.coefficients.record(),
        "with_factors": absorbed.may_have_factors,
    }

    def work(progress: Progress) -> tuple[list[Path], ExportFacts]:
        from ...absorption import export_anacor
        from ..export import export_masks

        labels = run.labels(made, segmented)
        progress(0.0, "Writing the masks")
        files = export_masks(labels, run.folder / "masks")
        anacor = run.folder / "anacor"
        # What AnACor computed there is the user's: the export refuses to replace it, and the run says so.
        if not any(file.is_file() for file in anacor.glob("**/ResultData/**/*")):
            run.stages.output.remove_others(anacor)
        if absorbed.may_have_factors:
            progress(0.5, "Writing the AnACor folder")
            try:
                export_anacor(
                    labels,
                    anacor,
                    coefficients=absorbed.coefficients,
                    directions=directions,
                    progress=part(progress, 0.5, 1.0),
                )
            except InputError as error:
                # AnACor takes less than we do; the rest of the run stands without it.
                return files, ExportFacts(without_anacor=f"The AnACor folder was not written: {error}")
            files += sorted(file for file in anacor.rglob("*") if file.is_file() and is_as_written(file))
        return files, ExportFacts()

    return run.stage("export", ExportFacts, depends, 0.90, 0.94, work)
