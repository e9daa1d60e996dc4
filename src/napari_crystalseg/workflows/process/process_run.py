"""One run through the stages, and what they share: the folder, its volume and its labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ...io import open_labels, open_volume
from ...labels import Labels
from ...progress import Progress, part
from ...provenance import Provenance
from ...volume import Volume
from .facts import Facts, ReconstructFacts, SegmentFacts
from .stages import Stages, fingerprint

if TYPE_CHECKING:
    from ...segmentation.grids.class_probabilities import ClassProbabilities

SomeFacts = TypeVar("SomeFacts", bound=Facts)
Noun = TypeVar("Noun", Volume, Labels)
Work = Callable[[Progress], tuple[Iterable[Path], SomeFacts]]
"""Does a stage; gives the files that it wrote, and what it found."""


class ProcessRun:
    """One run: the stages in order, each handing the next its files through the folder.

    Parameters
    ----------
    stages : Stages
        Which stages are finished in the folder.
    progress : Progress
        Told what is being done.

    Attributes
    ----------
    folder : Path
        Folder of the results.
    skipped : list of str
        Stages that an earlier run had already done.
    probabilities : ClassProbabilities or None
        What the network gave each class, where it was asked in this run.
    """

    def __init__(self, stages: Stages, progress: Progress) -> None:
        self.stages = stages
        self.folder = stages.folder
        self.progress = progress
        self.skipped: list[str] = []
        self.probabilities: ClassProbabilities | None = None
        self._volume: Volume | None = None
        self._labels: Labels | None = None

    def stage(
        self,
        name: str,
        kind: type[SomeFacts],
        depends: dict[str, Any],
        start: float,
        stop: float,
        work: Work[SomeFacts],
        request: str | None = None,
    ) -> SomeFacts:
        """Do a stage unless it is done, and return what it found.

        Parameters
        ----------
        name : str
            Name of the stage.
        kind : type
            Of what it finds.
        depends : dict
            What it depends on besides the code, JSON-ready values.
        start, stop : float
            Its part of the progress, 0 to 1.
        work : callable
            Does it.
        request : str, optional
            Hash of what was asked of it, without the code that does it.
        """
        mark = fingerprint(**depends)
        if self.stages.finished(name, mark) and (known := self.known(name, kind)) is not None:
            self.skipped.append(name)
            self.progress(stop, f"{name.capitalize()}: done before")
            return known
        self.stages.begin(name)
        files, facts = work(part(self.progress, start, stop))
        self.stages.finish(name, mark, files, facts.to_dict(), request)
        return facts

    def known(self, name: str, kind: type[SomeFacts]) -> SomeFacts | None:
        """Return what a finished stage found; None where its record lacks what this version needs."""
        try:
            return kind.from_dict(self.stages.facts(name))
        except (KeyError, TypeError, ValueError):
            return None

    def volume(self) -> Volume:
        """Return the volume of the folder.

        It is read back from its file, so that a run that goes on after a break has the same bytes to work with.
        """
        if self._volume is None:
            self._volume = _without_own_inputs(open_volume(self.folder / "volume.tif"))
        return self._volume

    def labels(self, made: ReconstructFacts, segmented: SegmentFacts) -> Labels:
        """Return the labels of the folder, the corrected ones where there are some."""
        if self._labels is None:
            if segmented.corrected is not None:
                self._labels = self.corrected_labels(made, segmented)
            else:
                self._labels = _without_own_inputs(open_labels(self.folder / "labels.tif"))
        return self._labels

    def corrected_labels(self, made: ReconstructFacts, segmented: SegmentFacts) -> Labels:
        """Return labels that the user has changed, whatever the program that saved them kept of scale and record."""
        path = self.folder / "labels.tif"
        labels = open_labels(path, voxel_size_um=made.voxel_size_um)
        record = labels.provenance
        inputs = {name: digest for name, digest in record.inputs.items() if name != "volume.tif"}
        step = {"step": "correct labels", "file": path.name, "was_sha256": segmented.labels_sha256}
        # In place of the step that says that the voxel size was given: it is the volume's.
        return dataclasses.replace(
            labels, provenance=dataclasses.replace(record, inputs=inputs, steps=(*record.steps[:-1], step))
        )


def _without_own_inputs(noun: Noun) -> Noun:
    """Leave the files of this folder out of the inputs: only what the user gave is an input."""
    record: Provenance = noun.provenance
    inputs = {name: digest for name, digest in record.inputs.items() if name not in ("volume.tif", "labels.tif")}
    return dataclasses.replace(noun, provenance=dataclasses.replace(record, inputs=inputs))
