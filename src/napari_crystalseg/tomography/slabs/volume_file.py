"""A volume that grows slab by slab in a ``.npy`` file, with a journal beside it."""

from __future__ import annotations

import math
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...io.files.unfinished import fitting_name

_JOURNAL = ".journal"


class VolumeFile:
    """The array of an unfinished reconstruction.

    It is mapped only while a slab is written, so that its pages do not stay in memory.

    Parameters
    ----------
    path : Path
        ``.npy`` file.
    shape : (int, int, int)
        Of the array, float32.
    """

    def __init__(self, path: Path, shape: tuple[int, int, int]) -> None:
        self.path = path
        self.shape = shape

    def is_there(self) -> bool:
        """Whether the array of an earlier run is there, and whole."""
        try:
            array = np.load(self.path, mmap_mode="r")
        except (OSError, ValueError):
            return False
        return bool(array.shape == self.shape and array.dtype == np.float32)

    def check_room(self) -> None:
        """Refuse a volume for which the disk cannot have room, before any work.

        Raises
        ------
        InputError
            It says how much is needed and how much there is.
        """
        needed = 4 * math.prod(self.shape)
        nearest = next(folder for folder in self.path.absolute().parents if folder.is_dir())
        free = shutil.disk_usage(nearest).free + (self.path.stat().st_size if self.path.is_file() else 0)
        if needed > free:
            raise InputError(
                f"The volume of {' × '.join(map(str, self.shape))} voxels takes {needed / 1e9:.4g} GB, and the disk of "
                f"{self.path.parent} has {free / 1e9:.3g} GB free; bin or crop, or choose another place."
            )

    def make(self) -> None:
        """Begin anew, with all the room that is needed.

        Raises
        ------
        InputError
            It cannot be written, or the disk has no room for it; nothing is left of it.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # A new file, so that who has mapped an older one keeps its values.
            self.path.unlink(missing_ok=True)
            np.lib.format.open_memmap(self.path, mode="w+", dtype=np.float32, shape=self.shape)
            if hasattr(os, "posix_fallocate"):
                # A mapped file on a disk that fills while it is written would kill the process.
                with self.path.open("r+b") as file:
                    os.posix_fallocate(file.fileno(), 0, self.path.stat().st_size)
        except OSError as error:
            with suppress(OSError):
                self.path.unlink()
            raise InputError(f"{self.path} cannot be written ({error.strerror}); choose another place.") from error

    def __setitem__(self, rows: slice, slices: Any) -> None:
        array = np.load(self.path, mmap_mode="r+")
        array[rows] = slices
        array.flush()


def unfinished_beside(path: str | Path) -> Path:
    """Return where the array of an unfinished reconstruction lies whose result is to be ``path``."""
    path = Path(path)
    return path.with_name(fitting_name(path.name, ".part", room_bytes=len(_JOURNAL)))


def journal_of(path: Path) -> Path:
    """Return the place of the journal of a volume file."""
    return path.with_name(path.name + _JOURNAL)


def discard(path: str | Path) -> None:
    """Remove what :func:`~napari_crystalseg.tomography.reconstruct_on_disk` has left: its array and its journal."""
    Path(path).unlink(missing_ok=True)
    journal_of(Path(path)).unlink(missing_ok=True)
