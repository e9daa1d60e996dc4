"""One run through the stages, and what they share: the folder, its volume and its labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...io import open_labels, open_volume
from ...labels import Labels
from ...progress import Progress, part
from ...provenance import Provenance
from ...volume import Volume
from .stages import Stages, fingerprint


class Run:
    """One run: the stages in order, each handing the next its files through the folder."""

    def __init__(self, path: Path, stages: Stages, progress: Progress) -> None:
        self.path = path
        self.stages = stages
        self.folder = stages.folder
        self.progress = progress
        self.skipped: list[str] = []
        self._kept: dict[str, Any] = {}

    def stage(
        self,
        name: str,
        depends: dict[str, Any],
        start: float,
        stop: float,
        work: Callable[[Progress], tuple[Iterable[Path], dict[str, Any]]],
        request: str | None = None,
    ) -> None:
        mark = fingerprint(**depends)
        if self.stages.finished(name, mark):
            self.skipped.append(name)
            self.progress(stop, f"{name.capitalize()}: done before")
            return
        self.stages.begin(name)
        files, facts = work(part(self.progress, start, stop))
        self.stages.finish(name, mark, files, facts, request)

    def volume(self) -> Volume:
        # Read back from the file, so that a run that goes on after a break has the same bytes to work with.
        if "volume" not in self._kept:
            self._kept["volume"] = _settled(open_volume(self.folder / "volume.tif"))
        return self._kept["volume"]

    def labels(self) -> Labels:
        if "labels" not in self._kept:
            if "corrected" in self.stages.facts("segment"):
                self._kept["labels"] = self.corrected_labels()
            else:
                self._kept["labels"] = _settled(open_labels(self.folder / "labels.tif"))
        return self._kept["labels"]

    def corrected_labels(self) -> Labels:
        """Labels that the user has changed, whatever the program that saved them has kept of scale and record."""
        path, volume_um = self.folder / "labels.tif", self.stages.facts("reconstruct")["voxel_size_um"]
        labels = open_labels(path, voxel_size_um=tuple(volume_um))
        record = labels.provenance
        inputs = {name: digest for name, digest in record.inputs.items() if name != "volume.tif"}
        step = {
            "step": "correct labels",
            "file": path.name,
            "was_sha256": self.stages.facts("segment")["labels_sha256"],
        }
        # In place of the step that says that the voxel size was given: it is the volume's.
        return dataclasses.replace(
            labels, provenance=dataclasses.replace(record, inputs=inputs, steps=(*record.steps[:-1], step))
        )


def _settled(noun: Any) -> Any:
    """Leave the files of this folder out of the inputs: only what the user gave is an input."""
    record: Provenance = noun.provenance
    inputs = {name: digest for name, digest in record.inputs.items() if name not in ("volume.tif", "labels.tif")}
    return dataclasses.replace(noun, provenance=dataclasses.replace(record, inputs=inputs))
