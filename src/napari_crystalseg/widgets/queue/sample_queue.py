"""The queue of samples, which survives a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from psygnal import Signal

from ...errors import InputError
from ...io.files.lock import InUseError, exclusive_writing
from ...texts.json_text import parse_json
from ..process.process_settings import ProcessSettings
from ..session.remembered import QUEUE, list_place, recall, remember
from .queued_sample import QueuedSample, State

_ELSEWHERE = "The list of samples is open in another window of napari: add samples there, or close that window."


class SampleQueue:
    """Samples in the order in which they are processed; kept under the dock's settings at every change.

    Of several docks, in one napari or in several, one holds the list; to the others it is empty.
    """

    changed = Signal()
    """Something was added, went, or came to another state."""

    def __init__(self) -> None:
        self._samples: list[QueuedSample] = []
        self._held: ExitStack | None = None
        self.hold()

    def hold(self) -> bool:
        """Take the list as it is kept, unless another dock has it; returns whether this one has it now."""
        if self._held is not None:
            return True
        held = ExitStack()
        try:
            held.enter_context(exclusive_writing(list_place()))
        except InUseError:
            return False
        except InputError:
            pass  # nothing can be kept here, by anybody
        self._held = held
        self._samples = _recalled()
        self.changed.emit()
        return True

    def let_go(self) -> None:
        """Let another dock take the list."""
        if self._held is not None:
            self._held.close()
            self._held, self._samples = None, []

    @property
    def is_elsewhere(self) -> bool:
        """Whether another dock has the list."""
        return self._held is None

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[QueuedSample]:
        return iter(self._samples)

    def __getitem__(self, place: int) -> QueuedSample:
        return self._samples[place]

    @property
    def folders(self) -> list[Path]:
        """Folders that samples of the queue have."""
        return [Path(sample.folder) for sample in self._samples]

    def add(self, paths: Sequence[Path], settings: ProcessSettings) -> list[QueuedSample]:
        """Add samples at the end; those that are in it already wait again where they failed.

        Parameters
        ----------
        paths : sequence of Path
            Scans or volumes.
        settings : ProcessSettings
            Energy, folder pattern, model and experiment that they are processed with.

        Raises
        ------
        InputError
            The pattern is the same for all samples, or another dock has the list.
        """
        if not self.hold():
            raise InputError(_ELSEWHERE)
        added = []
        for path in dict.fromkeys(path.absolute() for path in paths):
            at = next((place for place, one in enumerate(self._samples) if Path(one.path) == path), None)
            if at is not None:
                if self._samples[at].is_finished or self._samples[at].state is State.RUNNING:
                    continue
                taken = [folder for place, folder in enumerate(self.folders) if place != at]
                self._samples[at] = _waiting(path, settings, taken)
                added.append(self._samples[at])
                continue
            added.append(_waiting(path, settings, self.folders))
            self._samples.append(added[-1])
        self._save()
        return added

    def update(self, before: QueuedSample, after: QueuedSample) -> None:
        """Put a sample in the place of what it was; nothing where that was taken out meanwhile."""
        place = self._place_of(before)
        if place is not None:
            self._samples[place] = after
            self._save()

    def remove(self, sample: QueuedSample) -> None:
        """Take a sample out; its results stay in their folder."""
        place = self._place_of(sample)
        if place is not None:
            del self._samples[place]
            self._save()

    def clear_reviewed(self) -> None:
        """Take out what was opened; its results stay in their folders."""
        self._samples = [one for one in self._samples if not one.reviewed]
        self._save()

    def next_waiting(self) -> QueuedSample | None:
        """Return the first sample that waits to be processed."""
        return self._first(lambda one: one.state is State.WAITING)

    def next_to_review(self) -> QueuedSample | None:
        """Return the first sample that is finished and was not opened yet."""
        return self._first(lambda one: one.is_finished and not one.reviewed)

    def mark_reviewed(self, sample: QueuedSample) -> None:
        """Note that a sample was opened."""
        self.update(sample, replace(sample, reviewed=True))

    def _first(self, wanted: Callable[[QueuedSample], bool]) -> QueuedSample | None:
        return next((one for one in self._samples if wanted(one)), None)

    def _place_of(self, sample: QueuedSample) -> int | None:
        return next((place for place, one in enumerate(self._samples) if one.path == sample.path), None)

    def _save(self) -> None:
        if self._held is not None:
            remember(QUEUE, json.dumps([one.to_dict() for one in self._samples]))
        self.changed.emit()


def _waiting(path: Path, settings: ProcessSettings, taken: list[Path]) -> QueuedSample:
    place = settings.place(path, taken)
    sample = QueuedSample(str(path), str(place.folder), energy_kev=settings.energy_kev, model=settings.model)
    try:
        files = settings.experiment_of(path)
    except InputError as error:
        return replace(sample, state=State.FAILED, sentence=str(error))
    return sample if files is None else replace(sample, reflections=(files.experiment, files.reflections))


def _recalled() -> list[QueuedSample]:
    try:
        return [QueuedSample.from_dict(one) for one in parse_json(recall(QUEUE) or "[]")]
    except (ValueError, KeyError, TypeError, IndexError):
        return []  # of another version, or damaged: the results are still in their folders
