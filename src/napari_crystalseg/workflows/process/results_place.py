"""Where the results of a sample go, and which diffraction experiments lie beside it."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...samples import sample_data_folder
from ...texts.json_text import parse_json
from ...texts.printable import printable
from .stages import MANIFEST

PATTERN = "{stem}_crystalseg"
"""Name of the folder of results beside the data, unless another is asked for."""

_MANY = 1000


@dataclass(frozen=True)
class ResultsPlace:
    """Where results go.

    Parameters
    ----------
    folder : Path
        Folder of the results, which need not exist yet.
    remark : str
        Why it is not where the pattern says; empty where it is.
    """

    folder: Path
    remark: str = ""


def results_place(
    path: str | Path, pattern: str = PATTERN, elsewhere: str | Path | None = None, taken: Collection[Path] = ()
) -> ResultsPlace:
    """Choose the folder of results: by a pattern beside the data, or elsewhere if nothing can be written there.

    A folder with results of another sample, or one that is ``taken``, is left alone; the next free name is chosen.

    Parameters
    ----------
    path : path
        Scan, volume or labels.
    pattern : str
        Name of the folder, in which ``{stem}`` stands for the name of the file without its ending. A name alone lies
        beside the data; a whole path lies where it says.
    elsewhere : path, optional
        Folder that results go to where the data lie in a place that cannot be written to; ``~/crystalseg`` by default.
    taken : collection of Path
        Folders that other samples have been given already.

    Returns
    -------
    ResultsPlace

    Raises
    ------
    InputError
        The pattern gives no name, or the same folder for all samples.
    """
    path = Path(path).absolute()
    wanted = _by_pattern(path, pattern)
    remark = ""
    if why := _why_not(wanted):
        other = Path.home() / "crystalseg" if elsewhere is None else Path(elsewhere).expanduser()
        remark = f"{why}: the results go to {printable(str(other))}."
        wanted = other / wanted.name
    used = {folder.absolute() for folder in taken}
    for number in range(1, _MANY):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}_{number}")
        if folder not in used and _is_for(folder, path):
            return ResultsPlace(folder, remark)
    raise InputError(f"{wanted} and {_MANY} more have results of other samples; give another pattern for the folder.")


def experiments_beside(path: str | Path) -> list[tuple[Path, Path]]:
    """Return the pairs of ``.expt`` and ``.refl`` that lie beside a sample, by name.

    Tables that scaling or this program made of another one (``…_absorption.refl``) are left out.
    """
    folder = Path(path).absolute().parent
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except OSError:
        return []
    there = set(names)
    pairs = []
    for name in names:
        stem, suffix = os.path.splitext(name)
        if suffix == ".refl" and not stem.endswith("_absorption") and f"{stem}.expt" in there:
            pairs.append((folder / f"{stem}.expt", folder / name))
    return pairs


def _by_pattern(path: Path, pattern: str) -> Path:
    is_plain_folder = path.is_dir() and path.suffix.lower() != ".zarr"
    stem = path.name if is_plain_folder else path.stem.removesuffix(".ome")
    if "{stem}" not in pattern:
        raise InputError(
            f"The folder of results '{printable(pattern)}' would be the same for all samples: put {{stem}} into it, "
            f"such as {PATTERN}."
        )
    named = Path(os.path.expanduser(pattern.strip().replace("{stem}", stem)))
    return named if named.is_absolute() else path.parent / named


def _may_be_made(folder: Path) -> bool:
    """Whether files can be written into a folder, or into the nearest one above it that is there."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _why_not(folder: Path) -> str:
    """Why results should not go to a folder; empty where they may."""
    if not _may_be_made(folder):
        return f"{printable(str(folder.parent))} cannot be written to"
    with suppress(InputError):
        if folder.is_relative_to(sample_data_folder()):
            return "The sample data are part of the program"
    return ""


def _is_for(folder: Path, path: Path) -> bool:
    """Whether a folder has no results of another sample than ``path``."""
    try:
        record = parse_json((folder / MANIFEST).read_text(encoding="utf-8"))
        name = record["stages"]["reconstruct"]["facts"]["input"]
    except (OSError, ValueError, KeyError, TypeError):
        return True  # none of ours: what is in it is kept by the run
    return bool(name == printable(path.name))
