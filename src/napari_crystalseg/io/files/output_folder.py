"""Output folder: which files in a folder this program wrote, so that what a user made there is never replaced."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ...provenance import hash_file
from ...texts.json_text import to_json
from ...texts.printable import printable
from .disk_errors import explaining_disk_errors
from .lock import in_use_error, locked
from .unfinished import LONGEST_NAME_BYTES, remove_leftovers, unfinished

RECORD = ".written.json"
"""In each folder with results: its files by name, with their SHA-256 as they were written, newest first."""

_REMEMBERED = 2


class OutputFolder:
    """Guard of places that the user did not name one by one: those in a folder, or beside a file that was named.

    A file there is replaced or removed only when it is as this program wrote it. Any other is the user's, and gets
    another name before a new one takes its place.

    Parameters
    ----------
    folder : Path or None
        Folder of which all files are guarded.
    files : iterable of Path
        Single files that are.
    """

    def __init__(self, folder: Path | None, files: Iterable[Path] = ()) -> None:
        self.folder = folder
        self._root = None if folder is None else folder.resolve()
        self._files = {_place(file) for file in files}
        self.statements: list[str] = []
        """What was kept under which name, in sentences."""

    def guards(self, path: Path) -> bool:
        """Whether a place is one of those."""
        place = _place(path)
        return place in self._files or (self._root is not None and self._root in place.parents)

    def make_way(self, path: Path, digest: str | None = None) -> None:
        """Give a file of the user another name, and note the hash of the one that will come to lie there."""
        path = _place(path)
        if path.is_file() and not is_as_written(path) and hash_file(path) != digest:
            self.keep(path)
        if digest is not None:
            _note(path, digest)

    def claim(self, path: Path) -> None:
        """Note a file, as it is, as written by this program: another record of its own says so."""
        if not is_as_written(path):
            _note(_place(path), hash_file(path))

    def keep(self, path: Path, why: str = "was not written by this program, or was changed since") -> Path:
        """Give a file another name, and say so; return where it is."""
        path = _place(path)
        kept = keep_aside(path)
        shown = path.relative_to(self._root) if self._root is not None and self._root in path.parents else path
        self.statements.append(f"{printable(str(shown))} {why}: kept as {printable(kept.name)}.")
        return kept

    def remove(self, path: Path) -> None:
        """Remove a file that is as this program wrote it; any other is kept under another name."""
        path = _place(path)
        if not path.is_file():
            return
        if is_as_written(path):
            path.unlink()
        else:
            self.keep(path)
        _forget(path)

    def remove_others(self, folder: Path, wanted: Iterable[Path] = ()) -> None:
        """Remove files of a folder that are as this program wrote them, but for those wanted, and empty folders."""
        stay = {_place(file) for file in wanted}
        for record in sorted(folder.rglob(RECORD), reverse=True):
            for file in (record.parent / name for name in _recorded(record.parent)):
                if _place(file) not in stay and is_as_written(file):
                    file.unlink()
                    _forget(file)
        for each in sorted((one for one in folder.rglob("*") if one.is_dir()), reverse=True):
            with suppress(OSError):
                each.rmdir()
        with suppress(OSError):
            folder.rmdir()


_GUARD: ContextVar[OutputFolder | None] = ContextVar("output folder", default=None)


@contextmanager
def writing_into(folder: str | Path, files: Iterable[Path] | None = None) -> Iterator[OutputFolder]:
    """Write files into a folder, and lose none of the user's there.

    While the block runs, no other run writes there so, and every file that is written there by
    :func:`~napari_crystalseg.io.replacing` is guarded. Within the block for a folder, one for the same folder or for
    one in it is the same.

    Parameters
    ----------
    folder : path
        Folder of results; made when it is missing.
    files : iterable of Path, optional
        Guard these alone: names that follow from that of a file which the user named.

    Yields
    ------
    OutputFolder

    Raises
    ------
    InputError
        The folder cannot be made, or another run writes to it.
    """
    folder = Path(folder)
    outer = _GUARD.get()
    files = None if files is None else list(files)
    if outer is not None and all(outer.guards(one) for one in ([folder / RECORD] if files is None else files)):
        with explaining_disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        yield outer
        return
    guard = OutputFolder(folder if files is None else None, files or ())
    made = not folder.exists()
    with explaining_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with locked(folder) if files is None else nullcontext(True) as ours:
            if not ours:
                raise in_use_error(folder)
            token = _GUARD.set(guard)
            try:
                yield guard
            finally:
                _GUARD.reset(token)
    except BaseException:
        if made:
            # Of work that was refused nothing is left. Not empty, it stays.
            with suppress(OSError):
                folder.rmdir()
        raise


def before_writing(path: Path) -> None:
    """Keep a link of the user, where the place is guarded: what it leads to is not ours."""
    guard = _GUARD.get()
    if guard is not None and path.is_symlink() and guard.guards(path) and not is_as_written(path):
        guard.keep(_place(path))


def before_replacing(path: Path, partial: Path) -> None:
    """Make way for a file that is whole and about to be moved to ``path``, where the place is guarded."""
    guard = _GUARD.get()
    if guard is not None and path.name != RECORD and guard.guards(path):
        guard.make_way(path, hash_file(partial))


def is_as_written(path: str | Path) -> bool:
    """Whether a file holds what this program wrote there."""
    path = Path(path)
    known = _recorded(path.parent).get(_key(path), ())
    try:
        return bool(known) and hash_file(path) in known
    except OSError:
        return False


def keep_aside(path: Path) -> Path:
    """Give a file a name of its own beside its place: ``labels.kept.tif``, then ``labels.kept-2.tif``."""
    for number in range(1, 10_000):
        ending = f".kept{'' if number == 1 else f'-{number}'}{path.suffix}"
        stem = path.stem
        while len(stem.encode("utf-8", "replace") + ending.encode("utf-8", "replace")) > LONGEST_NAME_BYTES:
            stem = stem[:-1]
        kept = path.with_name(stem + ending)
        if not kept.exists() and not kept.is_symlink():
            path.rename(kept)
            return kept
    raise FileExistsError(path)


def _place(path: Path) -> Path:
    """The folder resolved, the name as it is: a link is what lies there."""
    return path.parent.resolve() / path.name


def _key(path: Path) -> str:
    return printable(path.name)


def _recorded(folder: Path) -> dict[str, list[str]]:
    try:
        record: Any = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return {str(name): [str(one) for one in hashes] for name, hashes in record["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # None, or none of ours: then nothing is known to be ours.
        return {}


def _note(path: Path, digest: str) -> None:
    files = _recorded(path.parent)
    before = files.get(_key(path), [])
    # A run that is killed between this and the move leaves the file before.
    files[_key(path)] = [digest, *(one for one in before if one != digest)][:_REMEMBERED]
    _save(path.parent, files)


def _forget(path: Path) -> None:
    files = _recorded(path.parent)
    if files.pop(_key(path), None) is None:
        return
    if files:
        _save(path.parent, files)
    else:
        (path.parent / RECORD).unlink(missing_ok=True)


def _save(folder: Path, files: dict[str, list[str]]) -> None:
    # Not as other files are replaced: those are noted here.
    path = folder / RECORD
    text = to_json({"software": "napari-crystalseg", "files": dict(sorted(files.items()))}, indent=1) + "\n"
    with explaining_disk_errors(path):
        remove_leftovers(path)
        partial = unfinished(path)
        try:
            partial.write_text(text, encoding="utf-8")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
