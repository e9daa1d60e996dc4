"""Where the folder of a review lies: beside the data, or with the user's own files where that may not be written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import InputError
from .session_folder import read_record

SUFFIX = ".review"
_MOST = 100


def facts_of(
    source: Path | None, shape: tuple[int, int, int], voxel_size_um: tuple[float, float, float] | None
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
    return facts


def new_place(source: Path | None, name: str) -> Path:
    """Return a folder that is not there yet for a review of a file, or of what is called ``name`` without one.

    Raises
    ------
    InputError
        A hundred reviews of it lie there already.
    """
    for folder in _places(source, name):
        if not folder.exists():
            return folder
    raise InputError(f"There are {_MOST} reviews of {name} already; remove some of them.")


def begun_reviews(source: Path | None, name: str, facts: Mapping[str, Any]) -> list[Path]:
    """Return the folders of reviews of the same data that were begun, the one that was saved last first."""
    found = []
    for home in _homes(source):
        for folder in _numbered(home, source, name):
            if not folder.is_dir():
                break
            try:
                record = read_record(folder)
            except InputError:
                continue
            if record["facts"] == dict(facts):
                found.append(folder)
    return sorted(found, key=lambda folder: (folder / "review.json").stat().st_mtime_ns, reverse=True)


def _places(source: Path | None, name: str) -> Iterator[Path]:
    home = next(home for home in _homes(source) if home == _own() or _may_be_written(home))
    return _numbered(home, source, name)


def _homes(source: Path | None) -> list[Path]:
    return [_own()] if source is None else [source.absolute().parent, _own()]


def _numbered(home: Path, source: Path | None, name: str) -> Iterator[Path]:
    stem = name if source is None else source.name.split(".")[0] or source.name
    if source is not None and home == _own():
        # Files of the same name in different folders are different samples.
        stem += "-" + hashlib.sha256(os.fsencode(source.absolute())).hexdigest()[:8]
    for number in range(1, _MOST + 1):
        yield home / (f"{stem}{SUFFIX}" if number == 1 else f"{stem}-{number}{SUFFIX}")


def _own() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_path("napari-crystalseg")) / "reviews"


def _may_be_written(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)
