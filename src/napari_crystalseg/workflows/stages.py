"""Stages of a task whose results lie in a folder: done once, done again only when something changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..io import check_writable, save_json
from ..provenance import SCHEMA_VERSION, hash_file, package_version

MANIFEST = "manifest.json"


class Stages:
    """Which stages of a task are finished in a folder, as its ``manifest.json`` records it.

    A stage is finished when its fingerprint (hashes of what goes in, parameters, code) is the one recorded and every
    file that it wrote is still there with the hash recorded. The manifest is replaced in one step after each stage, so
    that a task that was killed goes on where it stopped.

    Parameters
    ----------
    folder : path
        Folder of the results; made when it is missing.

    Raises
    ------
    InputError
        The place is not a folder, or may not be written.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise InputError(f"{self.folder} is a file; name a folder for the results.")
        self.folder.mkdir(parents=True, exist_ok=True)
        check_writable(self.folder / MANIFEST)
        self._stages: dict[str, Any] = {}
        try:
            record = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
            if record.get("schema_version") == SCHEMA_VERSION:
                self._stages = dict(record["stages"])
        except (FileNotFoundError, ValueError, KeyError, AttributeError, TypeError):
            # No manifest, or none of ours: everything is to be done.
            pass

    def finished(self, name: str, fingerprint: str) -> bool:
        """Tell whether a stage needs no work."""
        stage = self._stages.get(name)
        if not stage or stage.get("fingerprint") != fingerprint:
            return False
        return all(
            (self.folder / file).is_file() and hash_file(self.folder / file) == digest
            for file, digest in stage["files"].items()
        )

    def begin(self, name: str) -> None:
        """Forget a stage and remove the files that it wrote, so that no result outlives what it was made from."""
        stage = self._stages.pop(name, None)
        if stage is None:
            return
        self._save()
        for file in stage.get("files", {}):
            path = (self.folder / file).resolve()
            if path.is_relative_to(self.folder.resolve()):
                path.unlink(missing_ok=True)

    def finish(self, name: str, fingerprint: str, files: Iterable[Path], facts: Mapping[str, Any]) -> None:
        """Record a stage as finished.

        Parameters
        ----------
        name, fingerprint : str
            The stage, and what it depended on.
        files : iterable of Path
            Files that it wrote inside the folder.
        facts : mapping
            What it found, JSON values: for the report and for later runs.
        """
        digests = {file.relative_to(self.folder).as_posix(): hash_file(file) for file in files}
        self._stages[name] = {"fingerprint": fingerprint, "facts": dict(facts), "files": digests}
        self._save()

    def facts(self, name: str) -> dict[str, Any]:
        """Return what a finished stage found."""
        return dict(self._stages[name]["facts"])

    def files(self, name: str) -> dict[str, str]:
        """Return the files of a finished stage, by their paths in the folder, with their SHA-256."""
        return dict(self._stages[name]["files"])

    def _save(self) -> None:
        record = {
            "schema_version": SCHEMA_VERSION,
            "software": "napari-crystalseg",
            "software_version": package_version(),
            "stages": self._stages,
        }
        save_json(record, self.folder / MANIFEST)


def fingerprint(rooms: tuple[str, ...], **depends_on: Any) -> str:
    """Return the hash of what a stage depends on: the code of its rooms and JSON-ready values."""
    record = {"code": [hash_code(room) for room in rooms], **depends_on}
    return hashlib.sha256(json.dumps(record, sort_keys=True, default=str).encode()).hexdigest()


def hash_code(room: str) -> str:
    """Return the hash of a room's Python files, so that a newer version computes again and nothing else does."""
    package = Path(__file__).resolve().parent.parent
    place = package / room
    digest = hashlib.sha256()
    for file in sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]:
        digest.update(file.relative_to(package).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
