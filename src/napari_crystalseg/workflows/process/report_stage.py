"""The stage Report: a page that tells what was found."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ...io import open_uncertainty
from ...progress import Progress, part
from ...texts.printable import printable
from ..coefficient_energy import coefficients_of_tomogram
from .facts import AbsorbFacts, ReconstructFacts, ReportFacts, SegmentFacts
from .process_run import ProcessRun
from .request import Request


def report_stage(
    run: ProcessRun, request: Request, made: ReconstructFacts, segmented: SegmentFacts, absorbed: AbsorbFacts
) -> ReportFacts:
    """Judge the labels, and write the page."""
    facts = {"reconstruct": made.to_dict(), "segment": segmented.to_dict(), "absorb": absorbed.to_dict()}
    written = {name: run.stages.files(name) for name in facts}
    depends = {"files": written, "facts": facts}

    def work(progress: Progress) -> tuple[list[Path], ReportFacts]:
        import json

        from ...judgement.lamps.lit_lamps import lit_lamps
        from ...judgement.lamps.value_sample import ValueSample
        from ...judgement.mean_uncertainty import MeanUncertainty
        from ...judgement.plausibility import findings
        from ...pictures.report import Report, write_report

        labels = run.labels(made, segmented)
        progress(0.0, "Judging the labels")
        uncertainty = open_uncertainty(run.folder / "uncertainty.tif")
        means = MeanUncertainty.of(labels, uncertainty)
        volume = run.volume()
        values = ValueSample.of_volume(volume, made.energy_kev)
        coefficients = coefficients_of_tomogram(absorbed.coefficients, made.energy_kev)
        found = findings(labels, means, lit_lamps(labels, values, coefficients, means))
        factors = run.folder / "factors.json"
        with_factors = absorbed.may_have_factors
        report = Report(
            title=printable(request.path.name),
            volume=volume,
            labels=labels,
            uncertainty=uncertainty,
            absorption=json.loads(factors.read_text(encoding="utf-8")) if with_factors else None,
            histogram_png=(run.folder / "histogram.png").read_bytes() if with_factors else None,
            facts=facts,
            findings=found,
            files={**run.stages.files("export"), **{k: v for files in written.values() for k, v in files.items()}},
        )
        target = run.folder / "report.html"
        write_report(report, target, progress=part(progress, 0.2, 1.0))
        return [target], ReportFacts(tuple(dataclasses.asdict(finding) for finding in found))

    return run.stage("report", ReportFacts, depends, 0.94, 1.0, work)
