"""One sample of the queue: which file, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from ..tasks.process import ProcessedSample, ProcessRequest
from ..tasks.reflection_files import ReflectionFiles


class State(StrEnum):
    """What became of a sample."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    NEEDS_LOOK = "needs a look"
    FAILED = "failed"


@dataclass(frozen=True)
class QueuedSample:
    """A sample that is processed while others are reviewed.

    Parameters
    ----------
    path : str
        Scan or volume.
    folder : str
        Folder of its results.
    state : State
        What became of it.
    sentence : str
        Why it failed or needs a look, or its mean factor.
    reflections : tuple of str, or None
        ``.expt`` and ``.refl`` of its experiment.
    energy_kev : float or None
        Photon energy of the diffraction experiment, keV.
    model : str or None
        Folder of a model; None for the bundled one.
    reviewed : bool
        Whether it was opened.
    """

    path: str
    folder: str
    state: State = State.WAITING
    sentence: str = ""
    reflections: tuple[str, str] | None = None
    energy_kev: float | None = None
    model: str | None = None
    reviewed: bool = False

    @property
    def name(self) -> str:
        """What the user knows it by."""
        return Path(self.path).name

    @property
    def is_finished(self) -> bool:
        """Whether there are results to open."""
        return self.state in (State.DONE, State.NEEDS_LOOK)

    def request(self) -> ProcessRequest:
        """What is to be done with it."""
        files = None if self.reflections is None else ReflectionFiles(*self.reflections)
        energy = None if files is not None else self.energy_kev
        return ProcessRequest(self.path, self.folder, model=self.model, energy_kev=energy, reflection_files=files)

    def came_to(self, found: ProcessedSample) -> QueuedSample:
        """Return it as it is when it was processed."""
        if not found.crystal_found:
            return replace(self, state=State.NEEDS_LOOK, sentence="No crystal was found.")
        mean = "" if found.mean_factor is None else f"Mean A {found.mean_factor:.3f}."
        if found.doubts:
            return replace(self, state=State.NEEDS_LOOK, sentence=" ".join(filter(None, (mean, *found.doubts))))
        return replace(self, state=State.DONE, sentence=mean or "Labels, without absorption factors.")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "path": self.path,
            "folder": self.folder,
            "state": str(self.state),
            "sentence": self.sentence,
            "reflections": None if self.reflections is None else list(self.reflections),
            "energy_kev": self.energy_kev,
            "model": self.model,
            "reviewed": self.reviewed,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Return the sample of a record; one that ran when the program ended waits again.

        Raises
        ------
        KeyError, TypeError, ValueError
            It is no such record.
        """
        state = State(record["state"])
        files = record["reflections"]
        energy = record["energy_kev"]
        return cls(
            path=str(record["path"]),
            folder=str(record["folder"]),
            state=State.WAITING if state is State.RUNNING else state,
            sentence=str(record["sentence"]),
            reflections=None if files is None else (str(files[0]), str(files[1])),
            energy_kev=None if energy is None else float(energy),
            model=None if record["model"] is None else str(record["model"]),
            reviewed=bool(record["reviewed"]),
        )
