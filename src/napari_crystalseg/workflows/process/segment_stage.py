"""The stage Segment: labels of a network, or those that the user has corrected."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io import save_labels, save_uncertainty
from ...io.files.output_folder import is_as_written
from ...labels import Labels
from ...progress import Progress
from ...provenance import hash_file
from .facts import ReconstructFacts, SegmentFacts
from .process_run import ProcessRun
from .request import Request
from .stages import asked, fingerprint


def segment_stage(run: ProcessRun, request: Request, made: ReconstructFacts) -> SegmentFacts:
    """Write labels and uncertainty, unless there are labels that the user has corrected."""
    from ...segmentation import bundled_model
    from ...segmentation.model_folders.model_folder import REFINER
    from ...segmentation.postprocessing.physics import Physics

    # Which one depends on how many slices there are.
    model = bundled_model(made.shape[0]) if request.network is None else request.network
    rules = Physics()
    described = (model.path / name for name in ("dataset.json", "plans.json", "card.json", REFINER))
    network = {
        "weights": model.sha256,
        "model": {file.name: hash_file(file) for file in described if file.is_file()},
        "physics": rules.to_dict(),
    }
    depends = {"volume": run.stages.files("reconstruct"), **network}
    wanted = asked({"reconstruct": run.stages.asked("reconstruct"), **network})
    _adopt_corrected(run, made, depends, wanted)

    def work(progress: Progress) -> tuple[list[Path], SegmentFacts]:
        from ...judgement.mean_uncertainty import MeanUncertainty
        from ...segmentation import segment

        result = segment(
            run.volume(),
            model=model,
            physics=rules,
            keep_probabilities=True,
            progress=progress,
        )
        labels, uncertainty = result.labels, result.uncertainty
        run.probabilities = result.probabilities
        targets = [run.folder / "labels.tif", run.folder / "uncertainty.tif"]
        save_labels(labels, targets[0])
        save_uncertainty(uncertainty, labels, targets[1])
        return targets, SegmentFacts(
            model=model.name,
            model_sha256=model.sha256,
            mean_uncertainty=MeanUncertainty.of(labels, uncertainty).sample,
            volumes_um3=_volumes_um3(labels),
            labels_sha256=hash_file(targets[0]),
        )

    return run.stage("segment", SegmentFacts, depends, 0.30, 0.80, work, wanted)


def _adopt_corrected(run: ProcessRun, made: ReconstructFacts, depends: dict[str, Any], wanted: str) -> None:
    """Go on with labels that the user has changed, where they are of this input and model."""
    path, mark = run.folder / "labels.tif", fingerprint(**depends)
    if not path.is_file() or is_as_written(path) or run.stages.asked("segment") != wanted:
        return
    if run.stages.finished("segment", mark):
        return
    if any(not (run.folder / file).is_file() for file in run.stages.files("segment")):
        return
    facts = run.known("segment", SegmentFacts)
    if facts is None:
        return
    try:
        labels = run.corrected_labels(made, facts)
        if labels.shape != made.shape:
            raise InputError(f"they have the shape {labels.shape}, and the volume {made.shape}")
    except InputError as error:
        why = f"was changed since it was written, and cannot be gone on with ({str(error).rstrip('.')})"
        run.stages.output.keep(path, why)
        return
    before = facts.volumes_um3 if facts.volumes_um3_as_segmented is None else facts.volumes_um3_as_segmented
    now = _volumes_um3(labels)
    corrected = (
        f"labels.tif was changed since it was written ({_change(before, now)}): gone on with as corrected "
        "labels. To segment again, move it away."
    )
    facts = replace(facts, volumes_um3=now, volumes_um3_as_segmented=before, corrected=corrected)
    run.stages.adopt("segment", mark, facts.to_dict())


def _change(before: dict[str, float], now: dict[str, float]) -> str:
    """By how much the volume of each class has changed, in words."""
    told = [
        f"{name} {100 * (now[name] / before[name] - 1):+.2g} %" if before.get(name) else f"{name} new"
        for name in now
        if now[name] != before.get(name, 0.0)
    ]
    return ", ".join(told) or "the volumes of the classes are the same"


def _volumes_um3(labels: Labels) -> dict[str, float]:
    return {material.title: volume for material, volume in labels.volumes_um3().items()}
