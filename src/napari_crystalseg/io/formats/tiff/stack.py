"""TIFF stacks with their scale, as ImageJ and OME write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ...grids.axes import Arrangement
from ...grids.choice import ONLY, Choice
from ...grids.grid import Grid, recorded_shape
from ...grids.scale import Scale, scale_from
from ...grids.single_slice import THICKNESS
from .axes import chosen_series, series_of, stored_axes, tiff_arrangement
from .damage import check_parts, check_whole, collected_messages, explaining_damage
from .scale import SLICE_DISTANCE, TiffScale, record_of, scale_of
from .unread_tags import unread_tags


def read_tiff(path: str | Path, choice: Choice = ONLY) -> Grid:
    """Read a stack of slices with its scale.

    Parameters
    ----------
    path : path
        ImageJ, OME or plain TIFF. A stack over time or channels is taken as slices, which is told; a stack without a
        distance of slices is taken to have that of its pixels. One image is a single slice. The tag Orientation is
        obeyed.
    choice : Choice
        Axes, and which of several images.

    Raises
    ------
    InputError
        Truncated or damaged, more than three axes, colours, or several images of which none is chosen.
    """
    import tifffile

    path = Path(path)
    with explaining_damage(path), collected_messages() as complaints, tifffile.TiffFile(path) as tiff:
        check_parts(path, tiff)
        len(tiff.pages)  # walks the whole chain of pages, so that a broken one complains
        check_whole(path, tiff, complaints)
        number = chosen_series(path, tiff, choice)
        series = series_of(tiff, number)
        record = record_of(tiff)
        # ImageJ and OME name a slice axis even for one image; only our own record tells that one slice was meant.
        stored = stored_axes(path, series)[1]
        lay, letters = tiff_arrangement(path, series, choice, recorded_shape(record) == stored)

        def stated() -> Scale:
            return _laid_scale(scale_of(tiff, number), lay, letters)

        scale = scale_from(stated, record)
        unread = [] if record else unread_tags(tiff)
        dtype = series.dtype
        offset, in_file = series.dataoffset, np.dtype(tiff.byteorder + dtype.char)

    shape = lay.shape

    def read(first: int, last: int) -> NDArray[Any]:
        if offset is not None and lay.as_stored and last - first < shape[0]:
            begin = offset + first * shape[1] * shape[2] * dtype.itemsize
            return np.array(np.memmap(path, in_file, "r", begin, (last - first, *shape[1:])), dtype)
        with explaining_damage(path), collected_messages(), tifffile.TiffFile(path) as again:
            images = series_of(again, number)
            if lay.as_stored and last - first < shape[0] and len(images.pages) == shape[0]:
                pages: Any = images.pages
                return np.stack([pages[page].asarray() for page in range(first, last)])
            return lay.laid(np.asarray(images.asarray()).reshape(lay.stored)[lay.key(first, last)])

    return Grid(shape, dtype, read, scale, record, (*lay.assumed, *unread))


def _laid_scale(found: TiffScale, lay: Arrangement, letters: str) -> Scale:
    """Voxel size along (z, y, x) of what a header states along the axes of the file."""
    sizes = dict(found.sizes_um)
    if "X" not in sizes or "Y" not in sizes:
        return Scale(None, (*found.assumed, THICKNESS) if lay.is_slice else found.assumed)
    said = () if "Z" in sizes else (THICKNESS if lay.is_slice else SLICE_DISTANCE,)
    depth = sizes.setdefault("Z", sizes["X"])
    laid = lay.sizes([sizes[letter] if letter in "YX" else depth for letter in letters])
    if laid is not None and lay.is_slice:
        laid = (depth, laid[1], laid[2])
    return Scale(laid, (*found.assumed, *said))


def has_grey_slices(path: str | Path) -> bool:
    """Whether a TIFF is a stack of grey slices, or one; True for a damaged one, too: reading it says what is wrong."""
    import tifffile

    path = Path(path)
    try:
        with collected_messages(), tifffile.TiffFile(path) as tiff:
            check_parts(path, tiff)
            if len(tiff.series) != 1:
                return False
            tiff_arrangement(path, series_of(tiff), ONLY, False)
    except InputError:
        return False
    except Exception:  # tifffile meets damaged bytes with many types of error
        return True
    return True
