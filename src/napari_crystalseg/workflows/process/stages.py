"""Stages of a task whose results lie in a folder: done once, done again only when something changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io import OutputFolder, check_writable, save_json
from ...provenance import SCHEMA_VERSION, hash_file, package_version
from ...texts.json_text import parse_json
from .code_fingerprint import code_fingerprint

MANIFEST = "manifest.json"


class Stages:
    """Which stages of a task are finished in a folder, as its ``manifest.json`` records it.

    A stage is finished when its fingerprint (hashes of what goes in, parameters, code) is the one recorded and every
    file that it wrote is still there with the hash recorded. The manifest is replaced in one step after each stage, so
    that a task that was killed goes on where it stopped.

    Parameters
    ----------
    output : OutputFolder
        Folder of the results, within :func:`~napari_crystalseg.io.writing_into`.

    Raises
    ------
    InputError
        The place may not be written.
    """

    def __init__(self, output: OutputFolder) -> None:
        if output.folder is None:
            raise InputError("The stages of a task need a folder for their results.")
        self.output = output
        self.folder = output.folder
        check_writable(self.folder / MANIFEST)
        self._stages: dict[str, Any] = {}
        try:
            record = parse_json((self.folder / MANIFEST).read_text(encoding="utf-8"))
            if record.get("schema_version") == SCHEMA_VERSION:
                self._stages = {name: stage for name, stage in record["stages"].items() if _is_whole(stage)}
                output.claim(self.folder / MANIFEST)
        except (FileNotFoundError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
            # No manifest, or none of ours: everything is to be done.
            pass

    def finished(self, name: str, fingerprint: str) -> bool:
        """Tell whether a stage needs no work."""
        stage = self._stages.get(name)
        if not stage or stage.get("fingerprint") != fingerprint:
            return False
        return not self.changed(name)

    def changed(self, name: str) -> list[str]:
        """Return the files of a stage that are not as it left them, or not there."""
        files = self._stages.get(name, {}).get("files", {})
        return [file for file, digest in files.items() if not _has_hash(self.folder / file, digest)]

    def asked(self, name: str) -> str | None:
        """Return the hash of what was asked of a stage, without the code that did it; None where it was never done."""
        asked: str | None = self._stages.get(name, {}).get("asked")
        return asked

    def adopt(self, name: str, fingerprint: str, facts: Mapping[str, Any]) -> None:
        """Take the files of a stage as they are now, which the user has changed, for its results."""
        stage = self._stages[name]
        digests = {file: hash_file(self.folder / file) for file in stage["files"]}
        adopted = [file for file, digest in digests.items() if digest != stage["files"][file]]
        adopted += stage.get("adopted", [])
        self._stages[name] = {
            **stage,
            "fingerprint": fingerprint,
            "facts": dict(facts),
            "files": digests,
            "adopted": sorted(set(adopted)),
        }
        self._save()

    def begin(self, name: str) -> None:
        """Forget a stage and remove the files that it wrote, so that no result outlives what it was made from.

        A file that was changed since is the user's: it is kept under another name, and the output folder says so.
        """
        stage = self._stages.pop(name, None)
        if stage is None:
            return
        self._save()
        for file, digest in stage.get("files", {}).items():
            path = self.folder / file
            if not self.output.guards(path):
                continue
            if file not in stage.get("adopted", ()) and _has_hash(path, digest):
                self.output.claim(path)
            self.output.remove(path)

    def finish(
        self, name: str, fingerprint: str, files: Iterable[Path], facts: Mapping[str, Any], asked: str | None = None
    ) -> None:
        """Record a stage as finished.

        Parameters
        ----------
        name, fingerprint : str
            The stage, and what it depended on.
        files : iterable of Path
            Files that it wrote inside the folder.
        facts : mapping
            What it found, JSON values: for the report and for later runs.
        asked : str, optional
            What was asked of it, without the code that did it.
        """
        digests = {file.relative_to(self.folder).as_posix(): hash_file(file) for file in files}
        self._stages[name] = {"fingerprint": fingerprint, "asked": asked, "facts": dict(facts), "files": digests}
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


def _is_whole(stage: Any) -> bool:
    """Whether a stage of a manifest is as :meth:`Stages.finish` writes it; a damaged one is done again."""
    return (
        isinstance(stage, dict)
        and isinstance(stage.get("fingerprint"), str)
        and isinstance(stage.get("facts"), dict)
        and isinstance(stage.get("files"), dict)
        and all(isinstance(digest, str) for digest in stage["files"].values())
        and isinstance(stage.get("asked"), str | None)
        and isinstance(stage.get("adopted", []), list)
    )


def fingerprint(**depends_on: Any) -> str:
    """Return the hash of what a stage depends on: all code that could make it, and JSON-ready values."""
    return asked({"code": code_fingerprint(), **depends_on})


def asked(request: Mapping[str, Any]) -> str:
    """Return the hash of JSON-ready values."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def _has_hash(path: Path, digest: str) -> bool:
    try:
        return path.is_file() and hash_file(path) == digest
    except OSError:
        return False
