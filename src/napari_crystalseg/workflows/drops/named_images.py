"""The micrographs that a user names: files, and what folders hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import InputError, one_line
from ...io import check_input
from ...io.drop_images import look_into


def named_drop_images(paths: Sequence[str | Path], recursive: bool = False) -> tuple[list[Path], list[str]]:
    """List the micrographs that are meant by files and folders.

    Parameters
    ----------
    paths : sequence of path
        Files, taken as they are, and folders, of which the micrographs are taken in natural order.
    recursive : bool
        Whether subfolders are looked into.

    Returns
    -------
    images : list of Path
        Each once.
    left_out : list of str
        What of the folders was passed over, in sentences.

    Raises
    ------
    InputError
        Nothing is named, there is nothing of a name, or a folder holds no images.
    """
    if not paths:
        raise InputError("Name images of drops, or folders of them.")
    images: list[Path] = []
    left_out: list[str] = []
    for path in map(Path, paths):
        check_input(path)
        if path.is_dir():
            found = look_into(path, recursive)
            images += found.images
            left_out += [f"{one_line(str(path))}: {text}" for text in found.left_out]
        else:
            images.append(path)
    return list(dict.fromkeys(images)), left_out
