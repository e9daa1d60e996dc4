"""Arrays of an ``.npz`` file, read without running what it may hold, and only when they fit into memory."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....io import check_input, check_memory
from ..in_file import in_file


def npz_arrays(path: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Return those arrays of a file that are there and are plain numbers or text.

    Parameters
    ----------
    path : Path
        The file.
    names : iterable of str
        Arrays that are wanted; others, and what would have to be unpickled, are left alone.

    Returns
    -------
    dict of str to ndarray
        Each of the shape and dtype that the file gives it.

    Raises
    ------
    InputError
        There is no such file, it is no ``.npz``, damaged, or too large for the memory.
    """
    check_input(path)
    if path.is_dir() or not zipfile.is_zipfile(path):
        raise InputError(f"{path.name} is not an .npz file of masks.")
    with in_file(path), zipfile.ZipFile(path) as archive:
        found = {}
        for name in names:
            if f"{name}.npy" not in archive.namelist():
                continue
            with archive.open(f"{name}.npy") as stream:
                version = np.lib.format.read_magic(stream)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, dtype = read(stream)
            if dtype.hasobject:
                continue
            check_memory(math.prod(shape) * dtype.itemsize, path.name)
            with archive.open(f"{name}.npy") as stream:
                found[name] = np.lib.format.read_array(stream, allow_pickle=False)
        return found


def write_npz(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays, compressed, replaced in one step; the same arrays give the same bytes."""
    from ....io import replacing

    with replacing(path) as partial, open(partial, "wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
