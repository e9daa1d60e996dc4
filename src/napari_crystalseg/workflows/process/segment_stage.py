"""The stage Segment: labels of a network, or those that the user has corrected."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...io import save_labels, save_volume
from ...io.files.output_folder import is_as_written
from ...labels import Labels, Material
from ...progress import Progress
from ...provenance import hash_file
from ...volume import Quantity, Volume
from .run import Run
from .stages import asked, fingerprint

if TYPE_CHECKING:
    from ...segmentation import ModelFolder

KEEP_LARGEST_CRYSTAL = True
"""Smaller pieces of crystal are mostly mistakes of the network."""


def segment(run: Run, model: ModelFolder | None) -> None:
    from ...segmentation import bundled_model

    if model is None:  # which one depends on how many slices there are
        model = bundled_model(run.stages.facts("reconstruct")["shape"][0])
    described = (model.path / name for name in ("dataset.json", "plans.json", "card.json"))
    network = {
        "weights": model.sha256,
        "model": {file.name: hash_file(file) for file in described if file.is_file()},
        "keep_largest_crystal": KEEP_LARGEST_CRYSTAL,
    }
    depends = {"volume": run.stages.files("reconstruct"), **network}
    request = asked({"reconstruct": run.stages.asked("reconstruct"), **network})
    _adopt_corrected(run, depends, request)

    def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
        from ...segmentation import segment

        volume = run.volume()
        made = segment(volume, model=model, keep_largest_crystal=KEEP_LARGEST_CRYSTAL, progress=progress)
        targets = [run.folder / "labels.tif", run.folder / "uncertainty.tif"]
        save_labels(made.labels, targets[0])
        save_volume(
            Volume(made.uncertainty, made.labels.voxel_size_um, Quantity.ARBITRARY, made.labels.provenance),
            targets[1],
        )
        sample = made.labels.data != Material.AIR
        mean = float(made.uncertainty[sample].mean()) if sample.any() else float(made.uncertainty.mean())
        facts = {
            "model": model.name,
            "model_sha256": model.sha256,
            "mean_uncertainty": mean,
            "volumes_um3": volumes_um3(made.labels),
            "labels_sha256": hash_file(targets[0]),
        }
        return targets, facts

    run.stage("segment", depends, 0.30, 0.80, work, request)


def _adopt_corrected(run: Run, depends: dict[str, Any], request: str) -> None:
    """Go on with labels that the user has changed, where they are of this input and model."""
    path, mark = run.folder / "labels.tif", fingerprint(**depends)
    if not path.is_file() or is_as_written(path) or run.stages.asked("segment") != request:
        return
    if run.stages.finished("segment", mark):
        return
    if any(not (run.folder / file).is_file() for file in run.stages.files("segment")):
        return
    try:
        labels = run.corrected_labels()
        if labels.shape != (shape := tuple(run.stages.facts("reconstruct")["shape"])):
            raise InputError(f"they have the shape {labels.shape}, and the volume {shape}")
    except InputError as error:
        why = f"was changed since it was written, and cannot be gone on with ({str(error).rstrip('.')})"
        run.stages.output.keep(path, why)
        return
    facts = run.stages.facts("segment")
    facts.setdefault("volumes_um3_as_segmented", facts["volumes_um3"])
    facts["volumes_um3"] = volumes_um3(labels)
    facts["corrected"] = (
        f"labels.tif was changed since it was written ({_changed_share(facts, labels)}): gone on with as corrected "
        "labels. To segment again, move it away."
    )
    run.stages.adopt("segment", mark, facts)


def _changed_share(facts: Mapping[str, Any], labels: Labels) -> str:
    """By how much the volume of each class has changed, in words."""
    before, now = facts["volumes_um3_as_segmented"], volumes_um3(labels)
    told = [
        f"{name} {100 * (now[name] / before[name] - 1):+.2g} %" if before.get(name) else f"{name} new"
        for name in now
        if now[name] != before.get(name, 0.0)
    ]
    return ", ".join(told) or "the volumes of the classes are the same"


def volumes_um3(labels: Labels) -> dict[str, float]:
    return {material.title: volume for material, volume in labels.volumes_um3().items()}
