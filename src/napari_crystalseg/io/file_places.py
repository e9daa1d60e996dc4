"""Places of inputs and outputs: what is read is never written over, and what is written has a place of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..errors import CrystalSegError, InputError
from ..texts.printable import printable
from .files.atomic import check_place
from .formats.numpy.npy import sidecar_of
from .formats.readers import reader_of
from .formats.writers import writer_of


def check_writable(path: str | Path) -> None:
    """Refuse, before long work, a file or an OME-Zarr folder (``.zarr``) that cannot be written after it.

    Raises
    ------
    InputError
        The place is a folder (of another kind, for OME-Zarr), or its folder may not be written or cannot be made.
    """
    writer = writer_of(path)
    if writer is None:
        check_place(path)
    else:
        writer.check_place(Path(path))


def check_outputs(outputs: Iterable[str | Path | None], inputs: Iterable[str | Path | None]) -> None:
    """Refuse, before the work, to write over what is read, twice to one place, or where nothing may be written.

    Parameters
    ----------
    outputs : iterable of path or None
        Files, and OME-Zarr folders, to be written. An array takes the place of its sidecar, too.
    inputs : iterable of path or None
        Files and folders that are read. With them goes what they refer to: a sidecar, the files behind links of HDF5,
        the other files of an OME-TIFF. All that lies in a folder is read.

    Raises
    ------
    InputError
        The first that cannot be written.
    """
    read = [file for path in inputs if path is not None for file in files_read(Path(path))]
    taken: list[Path] = []
    for path in (Path(path) for path in outputs if path is not None):
        check_writable(path)
        writer = writer_of(path)
        for place in [path] if writer is None else writer.places(path):
            if any(_is_same(place, other) or _is_in(place, other) for other in taken):
                raise InputError(f"{_named(path)} is named twice; what is written needs a place of its own.")
            for other in read:
                if _is_same(place, other) or _is_in(place, other) or _is_in(other, place):
                    raise InputError(
                        f"{_named(path)} is named twice, or holds or belongs to what is read ({_named(other)}); what "
                        "is written needs a place of its own."
                    )
            taken.append(place)
        if writer is not None:
            writer.check_beside(path)


def check_folder_of_results(folder: str | Path, inputs: Iterable[str | Path | None]) -> None:
    """Refuse a folder of results that lies in an input: its files would be taken for files of that.

    Raises
    ------
    InputError
        It does, or it is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{_named(folder)} is a file; name a folder for the results.")
    for path in inputs:
        if path is not None and Path(path).is_dir() and folder.resolve().is_relative_to(Path(path).resolve()):
            raise InputError(f"The results folder {_named(folder)} lies in the input {path}; name a folder outside it.")


def files_read(path: Path) -> list[Path]:
    """Return a file or folder that is read, with the files that belong to it: beside it, and that it refers to.

    What those refer to in turn is followed, too. Files that are not there are returned as well.
    """
    found = [path]
    with suppress(OSError):
        if sidecar_of(path).is_file():
            found.append(sidecar_of(path))
    known = {path.resolve()}
    waiting = [path]
    while waiting:
        # What is damaged, or no image, is told when it is opened.
        with suppress(CrystalSegError, OSError, ValueError):
            file = waiting.pop()
            for other in reader_of(file).refers_to(file) if file.is_file() else ():
                if other.resolve() not in known:
                    known.add(other.resolve())
                    found.append(other)
                    waiting.append(other)
    return found


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by whatever links, or would."""
    if one.resolve() == other.resolve():
        return True
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _is_in(inner: Path, outer: Path) -> bool:
    return outer.resolve() in inner.resolve().parents


def _named(path: Path) -> str:
    return printable(str(path))
