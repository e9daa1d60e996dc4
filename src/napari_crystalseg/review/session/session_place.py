"""Where the folder of a review lies: beside the data, or with the user's own files where that may not be written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...provenance import hash_array
from ...samples import sample_data_folder
from ...texts.printable import printable
from .session_folder import RECORD, SessionFolder, read_record

SUFFIX = ".review"
_MOST = 100
_LONGEST_NAME = 80
# Others may take the same place at the same time.
_TRIES = 5
_SAMPLED = 32


def facts_of(
    source: Path | None,
    shape: tuple[int, int, int],
    voxel_size_um: tuple[float, float, float] | None,
    values: NDArray[Any] | None = None,
) -> dict[str, Any]:
    """Return what tells a review of the same data from one of others.

    Parameters
    ----------
    source : Path or None
        File or folder of the volume or scan; None for what was made here.
    shape : (int, int, int)
        Shape (z, y, x) of the labels.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm.
    values : ndarray, shape (z, y, x), optional
        Voxel values, or labels before any edit, that tell data apart where no file does.

    Returns
    -------
    dict
        As JSON holds it.
    """
    facts: dict[str, Any] = {
        "shape": list(shape),
        "voxel_size_um": None if voxel_size_um is None else list(voxel_size_um),
        "source": None,
    }
    if source is not None:
        # Hashing a volume takes longer than opening it: its size and last change tell as much here.
        stat = source.stat()
        facts["source"] = {"name": source.name, "bytes": stat.st_size, "changed_ns": stat.st_mtime_ns}
    elif values is not None:
        steps = tuple(slice(None, None, max(1, length // _SAMPLED)) for length in values.shape)
        facts["values_sha256"] = hash_array(np.asarray(values[steps]))
    return facts


def of_same_data(recorded: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether two facts are of the same data; a voxel size that is not known says nothing."""
    if any(recorded.get(name) != facts.get(name) for name in ("shape", "source", "values_sha256")):
        return False
    one, other = recorded.get("voxel_size_um"), facts.get("voxel_size_um")
    return not one or not other or bool(np.allclose(one, other, rtol=1e-6, atol=0))


def begin_review(source: Path | None, name: str, labels: NDArray[np.uint8], facts: Mapping[str, Any]) -> SessionFolder:
    """Begin a review of a file beside it, or with the user's own files where nothing can be written there.

    Parameters
    ----------
    source : Path or None
        File or folder of the volume or scan; None for what was made here, which is called ``name``.
    name : str
        What it is called.
    labels : ndarray of uint8, shape (z, y, x)
        Labels before any edit.
    facts : mapping
        As :func:`facts_of` gives them, and what else is to be known of the labels.

    Raises
    ------
    InputError
        Nothing can be written in either place.
    """
    refusal = InputError(f"No place was found for the review of {name}.")
    for beside in (True, False) if source is not None else (False,):
        for _ in range(_TRIES):
            place = new_place(source, name, beside)
            try:
                return SessionFolder.create(place, labels, facts)
            except InputError as error:
                refusal = error
                if not place.exists():
                    break
    raise refusal


def new_place(source: Path | None, name: str, beside: bool = True) -> Path:
    """Return a folder that is not there yet for a review of a file, or of what is called ``name`` without one.

    It lies with the user's own files where ``beside`` is False or nothing may be written beside the file.

    Raises
    ------
    InputError
        A hundred reviews of it lie there already.
    """
    for folder in _places(source, name, beside):
        if not folder.exists():
            return folder
    raise InputError(f"There are {_MOST} reviews of {name} already; remove some of them.")


def begun_reviews(source: Path | None, name: str, facts: Mapping[str, Any]) -> list[Path]:
    """Return the folders of reviews of the same data that were begun, the one that was saved last first."""
    found = []
    for home in homes_of(source):
        for folder in numbered_in(home, source, name):
            if not folder.is_dir():
                break
            try:
                record = read_record(folder)
            except InputError:
                continue
            if of_same_data(record["facts"], facts):
                found.append(folder)
    return sorted(found, key=lambda folder: (folder / "review.json").stat().st_mtime_ns, reverse=True)


def unreadable_reviews(source: Path | None, name: str) -> list[tuple[Path, InputError]]:
    """Return the folders that lie where reviews of a file do and cannot be gone on with, and why in a sentence."""
    found = []
    for home in homes_of(source):
        for folder in numbered_in(home, source, name):
            if not folder.is_dir():
                break
            try:
                read_record(folder)
            except InputError as error:
                if (folder / RECORD).exists():
                    found.append((folder, error))
    return found


def _places(source: Path | None, name: str, beside: bool) -> Iterator[Path]:
    home = next(home for home in homes_of(source) if home == _own() or (beside and _may_be_written(home)))
    return numbered_in(home, source, name)


def homes_of(source: Path | None) -> list[Path]:
    """Return the folders that what is kept of a file may lie in: beside it first, then with the user's own files."""
    # The sample data belong to the package, which an upgrade replaces.
    if source is None or sample_data_folder().resolve() in source.resolve().parents:
        return [_own()]
    return [source.absolute().parent, _own()]


def numbered_in(home: Path, source: Path | None, name: str, suffix: str = SUFFIX) -> Iterator[Path]:
    """Yield the names that what is kept of a file, or of what is called ``name`` without one, may have in a folder."""
    stem = _file_name(name) if source is None else source.name.split(".")[0] or source.name
    if source is not None and home == _own():
        # Files of the same name in different folders are different samples.
        stem += "-" + hashlib.sha256(os.fsencode(source.absolute())).hexdigest()[:8]
    for number in range(1, _MOST + 1):
        yield home / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")


def _file_name(name: str) -> str:
    """Name of a layer as that of a file."""
    kept = "".join(one if one.isalnum() or one in " ._-+()" else "_" for one in printable(name))
    return kept.strip(" .")[:_LONGEST_NAME] or "review"


def _own() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_path("napari-crystalseg")) / "reviews"


def _may_be_written(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
