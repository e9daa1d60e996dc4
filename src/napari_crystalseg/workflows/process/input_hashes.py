"""Hashes of an input and of all files that belong to it."""

from __future__ import annotations

from pathlib import Path

from ...io.file_places import files_read
from ...provenance import hash_path
from ...texts.printable import printable


def input_hashes(path: Path) -> dict[str, str]:
    """Hash of a file or folder, and of the files that belong to it or that it refers to; none of what is not there."""
    files = [path, path.with_name(path.name + ".json")]
    files += [file for file in files_read(path) if file not in files]
    names = [printable(file.name if file.parent == path.parent else str(file)) for file in files]
    return {name: hash_path(file) for name, file in zip(names, files, strict=True) if file.is_file() or file.is_dir()}
