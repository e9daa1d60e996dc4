"""Strokes on a volume that has no labels yet, in a file beside it: the review that keeps them begins with labels."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io.files.atomic import replacing
from ...provenance import package_version
from ...texts.json_text import parse_json, to_json
from .session_place import homes_of, numbered_in, of_same_data

SUFFIX = ".strokes.json"
KIND = "napari-crystalseg strokes"
SCHEMA = 1


class StrokesFile:
    """Where the strokes of a volume are kept, beside its file or with the user's own files.

    It is written and removed as a whole, and only as it was left here: what another process has written since stays,
    and another name is taken.

    Parameters
    ----------
    source : Path or None
        File or folder of the volume or scan; None for what was made here.
    name : str
        What it is called where there is no file.
    facts : mapping
        What tells the volume from others, as :func:`.session_place.facts_of` gives them.
    """

    def __init__(self, source: Path | None, name: str, facts: Mapping[str, Any]) -> None:
        self._source, self._name, self._facts = source, name, facts
        self._path: Path | None = None
        self._left: tuple[int, int] | None = None

    @property
    def path(self) -> Path | None:
        """The file; None before there is one."""
        return self._path

    def find(self) -> Mapping[str, Any] | None:
        """Take up what was kept of the same volume last, and return the record of its strokes; None where nothing was.

        A file that is damaged, or of a later version, is left alone.
        """
        found: list[tuple[int, Path, Mapping[str, Any]]] = []
        for path in self._candidates():
            try:
                record = parse_json(path.read_bytes())
                changed = path.stat().st_mtime_ns
            except (OSError, ValueError):
                continue
            if not isinstance(record, dict) or (record.get("kind"), record.get("schema")) != (KIND, SCHEMA):
                continue
            facts, strokes = record.get("facts"), record.get("strokes")
            if isinstance(facts, dict) and isinstance(strokes, dict) and of_same_data(facts, self._facts):
                found.append((changed, path, strokes))
        if not found:
            return None
        _, self._path, strokes = max(found, key=lambda one: one[0])
        self._left = _stamp(self._path)
        return strokes

    def save(self, strokes: Mapping[str, Any]) -> None:
        """Write the record of the strokes, as :func:`.kept_strokes.strokes_record` has it.

        Raises
        ------
        InputError
            The disk is full, or nothing may be written in either place.
        """
        record = {
            "kind": KIND,
            "schema": SCHEMA,
            "version": package_version(),
            "facts": dict(self._facts),
            "strokes": dict(strokes),
        }
        text = to_json(record, indent=1)
        if self._path is not None and _stamp(self._path) == self._left:
            self._write(self._path, text)
            return
        refusal = InputError(f"No place was found for the strokes on {self._name}.")
        for home in homes_of(self._source):
            if home.exists() and not os.access(home, os.W_OK | os.X_OK):
                continue
            free = next(
                (path for path in numbered_in(home, self._source, self._name, SUFFIX) if not path.exists()), None
            )
            if free is None:
                continue
            try:
                self._write(free, text)
            except InputError as error:
                refusal = error
            else:
                return
        raise refusal

    def remove(self) -> None:
        """Remove the file: its strokes were wiped, or are kept with labels by now."""
        path, self._path = self._path, None
        if path is not None and _stamp(path) == self._left:
            with suppress(OSError):
                path.unlink()

    def _candidates(self) -> Iterator[Path]:
        for home in homes_of(self._source):
            for path in numbered_in(home, self._source, self._name, SUFFIX):
                if not path.is_file():
                    break
                yield path

    def _write(self, path: Path, text: str) -> None:
        with replacing(path) as place:
            place.write_text(text, encoding="utf-8")
        self._path, self._left = path, _stamp(path)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
