"""The stage Report: a page that tells what was found."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ...io import open_volume
from ...progress import Progress, part
from ...provenance import printable
from .absorb_stage import has_factors
from .run import Run


def write_report(run: Run) -> None:
    names = ("reconstruct", "segment", "absorb")
    depends = {
        "files": {name: run.stages.files(name) for name in names},
        "facts": {name: run.stages.facts(name) for name in names},
    }

    def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
        import json

        from ...judgement.mean_uncertainty import MeanUncertainty
        from ...judgement.plausibility import findings
        from ...pictures.report import Report, write_report

        facts = {name: run.stages.facts(name) for name in names}
        labels = run.labels()
        progress(0.0, "Judging the labels")
        uncertainty = open_volume(run.folder / "uncertainty.tif").data
        found = findings(labels, MeanUncertainty.of(labels, uncertainty))
        factors = run.folder / "factors.json"
        with_factors = has_factors(facts["absorb"])
        report = Report(
            title=printable(run.path.name),
            volume=run.volume(),
            labels=labels,
            uncertainty=uncertainty,
            absorption=json.loads(factors.read_text(encoding="utf-8")) if with_factors else None,
            histogram_png=(run.folder / "histogram.png").read_bytes() if with_factors else None,
            facts=facts,
            findings=found,
            files={**run.stages.files("export"), **{k: v for n in names for k, v in run.stages.files(n).items()}},
        )
        target = run.folder / "report.html"
        write_report(report, target, progress=part(progress, 0.2, 1.0))
        return [target], {"findings": [dataclasses.asdict(finding) for finding in found]}

    run.stage("report", depends, 0.94, 1.0, work)
