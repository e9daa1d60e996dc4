"""DropFolder: the micrographs of a folder, in natural order, and what in it is left out."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError, one_line
from ..files.input_file import check_input
from .opening import is_drop_image

_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".dib")
_OTHER_SUFFIXES = (
    ".csv",
    ".json",
    ".txt",
    ".xml",
    ".yaml",
    ".yml",
    ".npz",
    ".npy",
    ".pt",
    ".log",
    ".md",
    ".h5",
    ".zip",
)
# Images that are not read here: the user is to hear of them.
_UNREAD_SUFFIXES = (".gif", ".webp", ".jp2", ".j2k", ".jpx", ".jxl", ".heic", ".heif", ".avif")
_UNREAD = "a format that is not read (only JPEG, PNG, TIFF and BMP are)"
_SMALL = re.compile(r"(?<![a-z])thumb(s|nail|nails)?(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class DropFolder:
    """The micrographs of a folder.

    Parameters
    ----------
    path : Path
        The folder.
    images : tuple of Path
        Files that are images by their names or by their beginnings, in natural order: ``A2`` before ``A10``. One that
        is broken is among them, so that it is told of when it is opened.
    left_out : tuple of str
        Sentences on what was passed over: hidden files, thumbnails, subfolders, images of formats that are not read,
        files of other kinds.
    """

    path: Path
    images: tuple[Path, ...]
    left_out: tuple[str, ...] = ()


def drop_images_in(folder: str | Path, recursive: bool = False) -> list[Path]:
    """List the micrographs of a folder as :func:`look_into` does.

    Raises
    ------
    InputError
        As there.
    """
    return list(look_into(folder, recursive).images)


def look_into(folder: str | Path, recursive: bool = False) -> DropFolder:
    """Find the micrographs of a folder.

    Parameters
    ----------
    folder : path
        The folder.
    recursive : bool
        Whether its subfolders are looked into; they often hold other inspections of the same wells, or what was made
        of the images, so that this has to be asked for.

    Returns
    -------
    DropFolder
        With at least one image.

    Raises
    ------
    InputError
        There is no such folder, it may not be read, or it holds no images.
    """
    folder = Path(folder)
    check_input(folder)
    if not folder.is_dir():
        raise InputError(f"{one_line(str(folder))} is a file, not a folder of images.")
    images: list[Path] = []
    hidden = small = unread = others = 0
    subfolders: list[Path] = []
    waiting = [folder]
    while waiting:
        inside = waiting.pop()
        try:
            entries = sorted(os.scandir(inside), key=lambda entry: entry.name)
        except OSError as error:
            if inside == folder:
                raise InputError(
                    f"{one_line(str(folder))} cannot be read ({error.strerror}); check the path."
                ) from error
            others += 1
            continue
        for entry in entries:
            path = inside / entry.name
            if entry.name.startswith(".") or entry.name.lower() in ("thumbs.db", "desktop.ini", "@eadir"):
                hidden += 1
            elif entry.is_dir(follow_symlinks=False) or (not recursive and entry.is_dir()):
                if _SMALL.search(entry.name):
                    small += 1
                else:
                    subfolders.append(path)
                    if recursive:
                        waiting.append(path)
            elif _is_image(path):
                if _SMALL.search(path.stem):
                    small += 1
                else:
                    images.append(path)
            elif path.suffix.lower() in _UNREAD_SUFFIXES:
                unread += 1
            else:
                others += 1
    if not images:
        raise InputError(_nothing(folder, subfolders, recursive))
    said = [
        (hidden, "hidden file", "hidden files"),
        (small, "thumbnail or folder of them", "thumbnails or folders of them"),
        (0 if recursive else len(subfolders), "subfolder", "subfolders"),
        (unread, f"image in {_UNREAD}", f"images in {_UNREAD}"),
        (others, "file that is no image", "files that are no images"),
    ]
    left_out = tuple(f"{count} {one if count == 1 else many} left out" for count, one, many in said if count)
    return DropFolder(folder, tuple(sorted(images, key=lambda path: _natural(path, folder))), left_out)


def _is_image(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in _SUFFIXES:
        return True
    return suffix not in _OTHER_SUFFIXES and is_drop_image(path)


def _nothing(folder: Path, subfolders: list[Path], recursive: bool) -> str:
    shown = one_line(str(folder))
    if subfolders and not recursive:
        return (
            f"{shown} holds no images itself, but {len(subfolders)} folder{'' if len(subfolders) == 1 else 's'}: name "
            "one of them, or ask for the subfolders too."
        )
    return f"{shown} holds no images (JPEG, PNG, TIFF or BMP)."


def _natural(path: Path, folder: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Numbers by their value, letters whether capital or small; ties by the name as it is."""
    text = path.relative_to(folder).as_posix()
    parts = re.split(r"([0-9]+)", text.casefold())
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts], text
