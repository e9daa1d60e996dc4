"""The images in one TIFF file of several, by its header."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....errors import InputError
from .axes import MIN_IS_WHITE, series_of, stored_axes
from .damage import check_parts, check_whole, collected_messages, explaining_damage
from .scale import TiffScale, scale_of, spans_files
from .unread_tags import unread_tags


def open_without_siblings(path: Path) -> Any:
    """Open a file for the images in itself, leaving aside the others of an OME-TIFF in several files."""
    import tifffile

    tiff = tifffile.TiffFile(path)
    if not (tiff.is_ome and tiff.ome_metadata and spans_files(tiff.ome_metadata, path.name)):
        return tiff
    tiff.close()
    return tifffile.TiffFile(path, is_ome=False)


@dataclass(frozen=True)
class ImagesIn:
    """What a file of one image or a stack holds, from its header.

    Parameters
    ----------
    count, rows, columns : int
        Number and size of the images.
    stored : dtype
        Of the values, in the byte order of the file.
    offset : int or None
        First byte of the first image where all are stored plainly, one after the other.
    orientation : int
        Tag Orientation; 1 is upright.
    small_is_white : bool
        Whether it is to be shown with small values white.
    scale : TiffScale
        What it states of its scale; empty where that cannot be read.
    unread : tuple of str
        What else it states that is not used.
    """

    count: int
    rows: int
    columns: int
    stored: np.dtype[Any]
    offset: int | None
    orientation: int
    small_is_white: bool
    scale: TiffScale
    unread: tuple[str, ...]


def images_in(path: Path) -> ImagesIn:
    """Read the header of a file of one image or a stack.

    Raises
    ------
    InputError
        Damaged, truncated, in colours, or images of several sizes.
    """
    if path.stat().st_size == 0:
        raise InputError(f"{path.name} is empty (0 bytes); it was perhaps not written to its end.")
    with explaining_damage(path), collected_messages() as complaints, open_without_siblings(path) as tiff:
        check_parts(path, tiff)
        check_whole(path, tiff, complaints)
        if len(tiff.series) != 1:
            raise InputError(f"{path.name} holds {len(tiff.series)} images of different size; keep images of one size.")
        series = series_of(tiff)
        _, shape = stored_axes(path, series)
        if len(shape) not in (2, 3):
            raise InputError(
                f"{path.name} has {len(shape)} axes (shape {shape}); an image or a stack of them is needed."
            )
        count, rows, columns = (1, *shape) if len(shape) == 2 else shape
        stored = np.dtype(tiff.byteorder + series.dtype.char)
        page = series.keyframe
        tag = page.tags.get("Orientation")
        try:
            scale = scale_of(tiff)
        except InputError as error:
            scale = TiffScale({}, (str(error).rstrip("."),))
        white = int(page.photometric) == MIN_IS_WHITE
        orientation = 1 if tag is None else int(tag.value)
        unread = tuple(unread_tags(tiff))
        return ImagesIn(count, rows, columns, stored, series.dataoffset, orientation, white, scale, unread)
