"""The stage Export: masks, and a folder that AnACor reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...io.files.output_folder import is_as_written
from ...progress import Progress, part
from .absorb_stage import has_factors, made_of
from .run import Run

if TYPE_CHECKING:
    from ...absorption import Directions

_COEFFICIENT_FACTS = ("coefficients_per_um", "coefficients_energy_kev", "coefficients_origin")


def export(run: Run, directions: Directions) -> None:
    facts = run.stages.facts("absorb")
    depends = {
        "directions": made_of(directions) if directions.of_experiment else None,
        "labels": run.stages.files("segment"),
        "coefficients": {name: facts[name] for name in _COEFFICIENT_FACTS},
        "with_factors": has_factors(facts),
    }

    def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
        from ...absorption import Coefficients, export_anacor
        from ..export import export_masks

        labels = run.labels()
        progress(0.0, "Writing the masks")
        files = export_masks(labels, run.folder / "masks")
        anacor = run.folder / "anacor"
        # What AnACor computed there is the user's: the export refuses to replace it, and the run says so.
        if not any(file.is_file() for file in anacor.glob("**/ResultData/**/*")):
            run.stages.output.remove_others(anacor)
        if has_factors(facts):
            progress(0.5, "Writing the AnACor folder")
            try:
                export_anacor(
                    labels,
                    anacor,
                    coefficients=Coefficients.from_record(facts),
                    directions=directions,
                    progress=part(progress, 0.5, 1.0),
                )
            except InputError as error:
                # AnACor takes less than we do; the rest of the run stands without it.
                return files, {"without_anacor": f"The AnACor folder was not written: {error}"}
            files += sorted(file for file in anacor.rglob("*") if file.is_file() and is_as_written(file))
        return files, {}

    run.stage("export", depends, 0.90, 0.94, work)
