"""What lies right in a folder: TIFF files, other files, and subfolders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_SUFFIXES = (".tif", ".tiff")
_SEEN = {"thumbs.db", "desktop.ini"}


def tiff_files(folder: Path) -> Iterator[Path]:
    """Iterate over the TIFF files right in a folder, without hidden ones."""
    for file in folder.iterdir():
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".") and file.is_file():
            yield file


def subfolders(folder: Path) -> list[Path]:
    """Folders right in a folder, by name, without hidden ones."""
    return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))


def has_tiff_files(folder: Path) -> bool:
    """Whether there are TIFF files in a folder, or in one of its subfolders."""
    return bool(next(tiff_files(folder), None) or any(next(tiff_files(one), None) for one in subfolders(folder)))


def files_besides_images(folder: Path) -> list[str]:
    """Names of the files beside the TIFF files of a folder, and of the subfolders of further ones; none if unread."""
    try:
        images = set(tiff_files(folder))
        files = [one for one in folder.iterdir() if one.is_file() and one not in images]
        found = sorted(one.name for one in files if not one.name.startswith(".") and one.name.lower() not in _SEEN)
        if images:
            found += [f"{one.name}/" for one in subfolders(folder) if any(tiff_files(one))]
    except OSError:
        return []
    return found
