"""Frames of TIFF files, read when they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....frames import LazyFrames
from .damage import collected_messages, explaining_damage
from .images import ImagesIn, images_in, open_without_siblings


@dataclass(frozen=True)
class _Image:
    """Where one frame is: its file, its number there, and its first byte where it is stored plainly."""

    path: Path
    number: int
    offset: int | None
    stored: np.dtype[Any]


class TiffFrames(LazyFrames):
    """Frames of TIFF files of one size, one or several a file, in the order of the files.

    Only headers are read at first.

    Parameters
    ----------
    files : sequence of Path
        At least one.

    Raises
    ------
    InputError
        A file is damaged or in colours, or its frames differ from those of the first file.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._images: list[_Image] = []
        self.headers: list[ImagesIn] = []
        self._stamps: dict[Path, tuple[int, int]] = {}
        shape: tuple[int, int] = (0, 0)
        for path in files:
            held = images_in(path)
            self.headers.append(held)
            size, stored, offset = (held.rows, held.columns), held.stored, held.offset
            if not self._images:
                shape, dtype = size, stored.newbyteorder("=")
            # The order of bytes may be another in each file.
            if size != shape or stored.newbyteorder("=") != dtype:
                raise InputError(
                    f"{path.name} has {size[0]} × {size[1]} pixels ({stored.name}) but {files[0].name} has "
                    f"{shape[0]} × {shape[1]} ({dtype.name}); keep images of one size and type in a folder."
                )
            step = size[0] * size[1] * stored.itemsize
            self._images += [
                _Image(path.absolute(), number, None if offset is None else offset + number * step, stored)
                for number in range(held.count)
            ]
            self._stamps[path.absolute()] = _stamp(path)
        super().__init__((len(self._images), *shape), dtype)
        # A file is opened for each frame, and may be compressed.
        self.rows_together = shape[0]

    @property
    def files(self) -> list[Path]:
        """File of each frame."""
        return [image.path for image in self._images]

    def _read(self, frames: NDArray[np.intp], rows: slice, columns: slice) -> NDArray[Any]:
        result = np.empty((len(frames), rows.stop - rows.start, columns.stop - columns.start), self.dtype)
        for place, frame in enumerate(frames):
            image = self._images[frame]
            try:
                changed = _stamp(image.path) != self._stamps[image.path]
            except OSError:
                changed = True
            if changed:
                raise InputError(f"{image.path.name} has changed since it was opened; open its folder again.")
            result[place] = _pixels(image, self.shape[1:])[rows, columns]
        return result

    def _source(self) -> str:
        return self._images[0].path.parent.name


def _pixels(image: _Image, shape: tuple[int, ...]) -> NDArray[Any]:
    with explaining_damage(image.path):
        if image.offset is not None:
            return np.memmap(image.path, image.stored, "r", image.offset, shape)
        with collected_messages(), open_without_siblings(image.path) as tiff:
            series: Any = tiff.series[0]
            if len(series.pages) > image.number and series.pages[image.number].shape == shape:
                return np.asarray(series.pages[image.number].asarray())
            return np.asarray(series.asarray().reshape(-1, *shape)[image.number])


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
