"""The folder of a review: all it takes to go on after a crash, at the same row and with every undo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...io.files.atomic import replacing
from ...io.files.disk_errors import explaining_disk_errors
from ...io.files.lock import in_use_error, locked
from ...io.files.unfinished import remove_unfinished
from ...provenance import package_version
from ...texts.json_text import parse_json, to_json
from ..edits.edit import Edit
from ..edits.timeline import BUDGET_BYTES, Timeline
from .edit_file import read_edit, read_labels, voxels_of_codes, write_edit, write_labels
from .review_state import ReviewState
from .snapshot import Snapshot

RECORD = "review.json"
KIND = "napari-crystalseg review"
SCHEMA = 1


@dataclass(frozen=True, eq=False)
class Resumed:
    """A review as it was when it was last saved.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels, writable.
    timeline : Timeline
        Edits that can be taken back and made again.
    state : ReviewState
        Where the review was.
    first_labels : ndarray of uint8, shape (z, y, x)
        Labels before the first edit on disk, those that memory does not hold included.
    """

    labels: NDArray[np.uint8]
    timeline: Timeline
    state: ReviewState
    first_labels: NDArray[np.uint8]


class SessionFolder:
    """Labels as they were at one moment, each edit before and after it in a file, and a record that names them.

    The labels are never written while they change: from those of that moment and the edits they are made again, to the
    byte. A file is written once; the record, which is replaced as a whole, names those that count. So a process may die
    at any time, and what was saved last is there.

    Make one by :meth:`create` or :meth:`open`; a folder that another process holds is refused.
    """

    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        self.path = path
        self.facts: Mapping[str, Any] = MappingProxyType(dict(facts))
        """What the review is of, as it was given to :meth:`create`."""
        self._numbers: list[int] = []
        self._keys: list[object] = []
        self._missing = 0  # edits before the first on disk
        self._shape: list[int] = []
        self._base = ""
        self._base_position = 0
        self._next = 1
        self._held = ExitStack()
        self._written: tuple[int, int] | None = None  # the record as it was left

    @classmethod
    def create(cls, path: str | Path, labels: NDArray[np.uint8], facts: Mapping[str, Any]) -> SessionFolder:
        """Begin a review in a folder that is not there yet, or is empty.

        Parameters
        ----------
        path : path
            Folder.
        labels : ndarray of uint8, shape (z, y, x)
            Labels before any edit.
        facts : mapping
            What the review is of, as JSON holds it.

        Raises
        ------
        InputError
            The folder holds something, the disk is full, or the place may not be written.
        """
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise InputError(f"{path} is there already; go on with the review in it, or name another place.")
        with explaining_disk_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        folder = cls(path, facts)
        folder.hold()
        counts = voxels_of_codes(labels)
        try:
            folder._write_base(labels, 0)
            folder.save(Snapshot((), 0, 0, counts, ReviewState()))
        except Exception:
            # What is no review yet would only be in the way of the next try.
            folder._base = ""
            folder._sweep()
            with suppress(OSError):
                path.rmdir()
            folder.close()
            raise
        return folder

    @classmethod
    def open(cls, path: str | Path) -> SessionFolder:
        """Open the folder of a review that was begun.

        Raises
        ------
        InputError
            Not such a folder, a damaged one, one of a later version, or one that another process holds.
        """
        path = Path(path)
        folder = cls(path, read_record(path)["facts"])
        folder.hold()
        try:
            folder._written = _stamp(path / RECORD)
            # Once more, as another process may have saved before it let go of the folder.
            record = read_record(path)
            folder._numbers = [int(number) for number in record["edits"]]
            folder._keys = [object() for _ in folder._numbers]
            folder._base, folder._base_position = str(record["base"]), int(record["base_position"])
            folder._shape = [int(length) for length in record["shape"]]
            folder._next = max((int(file.stem.rpartition("-")[2]) for file in folder._files()), default=0) + 1
            # An edit's number is not given again, so that nobody who writes would come by what was left of it.
            remove_unfinished(path)
        except BaseException:
            folder.close()
            raise
        return folder

    def close(self) -> None:
        """Let go of the folder, so that another process may take it."""
        self._held.close()

    def hold(self) -> None:
        """Take the folder again after :meth:`close`.

        Raises
        ------
        InputError
            Another process holds it, or has gone on in it.
        """
        if not self._held.enter_context(locked(self.path)):
            self._held.close()
            raise in_use_error(self.path)
        if self._written is not None and self._written != _stamp(self.path / RECORD):
            self._held.close()
            raise InputError(f"The review in {self.path} was gone on with elsewhere, or removed.")

    def resume(self, budget_bytes: int = BUDGET_BYTES) -> Resumed:
        """Make labels and timeline again as they were last saved.

        Parameters
        ----------
        budget_bytes : int
            Memory that the timeline may take; older edits stay on disk.

        Raises
        ------
        InputError
            A file is missing or damaged, or the labels do not come out as they were.
        """
        record = read_record(self.path)
        position = int(record["position"])
        labels = read_labels(self.path / self._base)
        if list(labels.shape) != list(record["shape"]):
            raise InputError(f"{self.path} holds labels of {labels.shape}, not {record['shape']}; it is damaged.")
        edits = [read_edit(self._file(number)) for number in self._numbers]
        first_labels = labels.copy()
        for edit in reversed(edits[: self._base_position]):
            edit.undo(first_labels)
        for edit in edits[self._base_position : position]:
            edit.redo(labels)
        for edit in reversed(edits[position : self._base_position]):
            edit.undo(labels)
        counts = {str(code): int(n) for code, n in enumerate(voxels_of_codes(labels)) if n}
        if counts != record["counts"]:
            raise InputError(f"The labels in {self.path} do not come out as they were saved; it is damaged.")
        first = _first_within(edits, position, budget_bytes)
        timeline = Timeline(edits[first:], position - first, budget_bytes)
        timeline.forgotten = first
        timeline.last_forgotten = edits[first - 1].key if first else None
        self._keys = [edit.key for edit in edits]
        return Resumed(labels, timeline, ReviewState.from_dict(record["state"]), first_labels)

    def needs_labels(self, timeline: Timeline) -> bool:
        """Whether the labels cannot be made from the files: :meth:`save` needs a snapshot with them."""
        common = self._common(timeline.edits, timeline.forgotten, timeline.last_forgotten)
        return common is None or common < self._base_position

    def save(self, snapshot: Snapshot) -> None:
        """Save what is new; may run in a thread while the labels change on.

        Raises
        ------
        InputError
            The disk is full, the place may not be written, or the snapshot needs its labels (:meth:`needs_labels`).
        """
        former = self._numbers, self._keys, self._missing, self._base, self._base_position, self._shape
        try:
            self._write(snapshot)
        except BaseException:
            # The record on disk is still the one before.
            self._numbers, self._keys, self._missing, self._base, self._base_position, self._shape = former
            raise
        self._sweep()

    def _write(self, snapshot: Snapshot) -> None:
        common = self._common(snapshot.edits, snapshot.forgotten, snapshot.last_forgotten)
        anew = common is None or common < self._base_position
        if common is None:
            self._numbers, self._keys, self._missing, common = [], [], snapshot.forgotten, 0
        position = snapshot.forgotten - self._missing + snapshot.position
        if anew:
            if snapshot.labels is None:
                raise InputError("Edits were forgotten before they were saved; save again with a copy of the labels.")
            self._write_base(snapshot.labels, position)
        self._numbers, self._keys = self._numbers[:common], self._keys[:common]
        for edit in snapshot.edits[common - (snapshot.forgotten - self._missing) :]:
            write_edit(edit, self._file(self._next))
            self._numbers.append(self._next)
            self._keys.append(edit.key)
            self._next += 1
        self._write_record(snapshot, position)

    def _common(self, edits: tuple[Edit, ...], forgotten: int, last_forgotten: object) -> int | None:
        """Number of the edits on disk that are those of a timeline; None where the forgotten ones are not on disk."""
        n = forgotten - self._missing
        # An edit follows on the same ones always: where the last that was forgotten is on disk, those before it are.
        if n > len(self._keys) or (n > 0 and self._keys[n - 1] is not last_forgotten):
            return None
        for edit in edits:
            if n == len(self._keys) or self._keys[n] is not edit.key:
                break
            n += 1
        return n

    def _write_base(self, labels: NDArray[np.uint8], position: int) -> None:
        name = f"labels-{self._next:06d}.npz"
        write_labels(labels, self.path / name)
        self._next += 1
        self._base, self._base_position = name, position
        self._shape = [int(length) for length in labels.shape]

    def _write_record(self, snapshot: Snapshot, position: int) -> None:
        record = {
            "kind": KIND,
            "schema": SCHEMA,
            "version": package_version(),
            "facts": dict(self.facts),
            "shape": self._shape,
            "base": self._base,
            "base_position": self._base_position,
            "edits": self._numbers,
            "position": position,
            "counts": {str(code): int(n) for code, n in enumerate(snapshot.counts) if n},
            "state": snapshot.state.to_dict(),
        }
        with replacing(self.path / RECORD) as place:
            place.write_text(to_json(record, indent=1), encoding="utf-8")
        self._written = _stamp(self.path / RECORD)

    def _sweep(self) -> None:
        """Remove files that the record no longer names."""
        named = {self._base, *(self._file(number).name for number in self._numbers)}
        for file in self._files():
            if file.name not in named:
                with suppress(OSError):
                    file.unlink()

    def _files(self) -> list[Path]:
        """Files of labels and edits; what was accepted, and what others keep here, is not among them."""
        return [file for file in self.path.glob("*.npz") if re.fullmatch(r"(labels|edit)-\d+", file.stem)]

    def _file(self, number: int) -> Path:
        return self.path / f"edit-{number:06d}.npz"


def read_record(path: str | Path) -> dict[str, Any]:
    """Read what the folder of a review says of itself.

    Returns
    -------
    dict
        Its ``facts``, ``state``, ``shape`` and so on.

    Raises
    ------
    InputError
        Not the folder of a review, a damaged one, or one of a later version.
    """
    file = Path(path) / RECORD
    try:
        record = parse_json(file.read_bytes())
    except OSError as error:
        raise InputError(f"{path} holds no review ({error.strerror}).") from error
    except ValueError as error:
        raise InputError(f"{file} is damaged ({error}); the review cannot go on from it.") from error
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise InputError(f"{file} is not the record of a review.")
    if record.get("schema") != SCHEMA:
        raise InputError(f"{file} was written by version {record.get('version')}; open it with that one.")
    return record


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def _first_within(edits: list[Edit], position: int, budget_bytes: int) -> int:
    """Return the first edit from which all to the end fit into memory; the one before the position always does."""
    kept, first = 0, len(edits)
    while first and (kept + edits[first - 1].bytes <= budget_bytes or first >= position):
        first -= 1
        kept += edits[first].bytes
    return first
