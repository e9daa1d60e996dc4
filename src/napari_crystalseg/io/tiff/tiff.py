"""TIFF stacks with their scale, as ImageJ and OME write it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, brief, lacks_memory
from ...json_text import to_json
from ..files.atomic import replacing
from ..files.input_file import odd_kind
from ..grids.axes import Arrangement
from ..grids.choice import ONLY, Choice
from ..grids.grid import Grid, recorded_shape
from ..grids.scale import Scale, scale_from
from ..grids.single_slice import THICKNESS
from .axes import MIN_IS_WHITE, chosen_series, stored_axes, tiff_arrangement
from .scale import SLICE_DISTANCE, TiffScale, record_of, scale_of, spans_files
from .unread_tags import unread_tags

# ImageJ's format has 32-bit offsets; above this the stack is written as OME in a BigTIFF.
LARGEST_IMAGEJ_BYTES = 2_000_000_000


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
    with damage_told(path), complaints_heard() as complaints, tifffile.TiffFile(path) as tiff:
        check_parts(path, tiff)
        len(tiff.pages)  # walks the whole chain of pages, so that a broken one complains
        check_whole(path, tiff, complaints)
        number = chosen_series(path, tiff, choice)
        series = tiff.series[number]
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
        with damage_told(path), complaints_heard(), tifffile.TiffFile(path) as again:
            images = again.series[number]
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


def opened_alone(path: Path) -> Any:
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
    with damage_told(path), complaints_heard() as complaints, opened_alone(path) as tiff:
        check_parts(path, tiff)
        check_whole(path, tiff, complaints)
        if len(tiff.series) != 1:
            raise InputError(f"{path.name} holds {len(tiff.series)} images of different size; keep images of one size.")
        series = tiff.series[0]
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


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Say in a sentence what tifffile says about a damaged file."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except PermissionError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); ask for permission to read it.") from error
    except Exception as error:  # tifffile meets damaged bytes with many types of error
        if lacks_memory(error):
            raise
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as TIFF ({brief(error)}).") from error


def has_grey_slices(path: str | Path) -> bool:
    """Whether a TIFF is a stack of grey slices, or one; True for a damaged one, too: reading it says what is wrong."""
    import tifffile

    path = Path(path)
    try:
        with complaints_heard(), tifffile.TiffFile(path) as tiff:
            check_parts(path, tiff)
            if len(tiff.series) != 1:
                return False
            tiff_arrangement(path, tiff.series[0], ONLY, False)
    except InputError:
        return False
    except Exception:  # tifffile meets damaged bytes with many types of error
        return True
    return True


def write_tiff(
    data: NDArray[Any], voxel_size_um: tuple[float, float, float] | None, record: Mapping[str, Any], path: Path
) -> None:
    """Write a stack with its scale: ImageJ, or OME in a BigTIFF above two gigabytes. Same values, same bytes.

    Parameters
    ----------
    data : ndarray of uint8 or float32, shape (z, y, x)
        Values.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; None writes no scale.
    record : mapping
        JSON-ready record kept in ImageJ's ``Info`` or in OME's ``Description``.
    path : Path
        File to write.
    """
    import tifffile

    with replacing(path) as partial:
        if data.nbytes <= LARGEST_IMAGEJ_BYTES:
            described: dict[str, Any] = {"axes": "TZCYXS", "Info": to_json(record)}
            resolution = None
            if voxel_size_um is not None:
                z, y, x = voxel_size_um
                resolution = (1 / x, 1 / y)
                described |= {"spacing": z, "unit": "um"}
            # With all six axes of ImageJ a single column of voxels is not taken for a sample of a pixel.
            hyperstack = data[np.newaxis, :, np.newaxis, :, :, np.newaxis]
            tifffile.imwrite(partial, hyperstack, imagej=True, resolution=resolution, metadata=described)
            return
        size: dict[str, Any] = {}
        for axis, length in zip("ZYX", voxel_size_um or (), strict=False):
            size |= {f"PhysicalSize{axis}": length, f"PhysicalSize{axis}Unit": "µm"}
        # A fixed UUID: tifffile draws a random one otherwise, and the bytes would differ each time.
        identity = {"UUID": "urn:uuid:00000000-0000-0000-0000-000000000000"}
        tifffile.imwrite(
            partial,
            data,
            bigtiff=True,
            ome=True,
            photometric="minisblack",
            metadata={"axes": "ZYX", "Description": to_json(record), **size, **identity},
        )


@contextmanager
def complaints_heard() -> Iterator[list[str]]:
    """Collect what tifffile logs about a damaged file, for it reads on regardless."""
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            found.append(entry.getMessage())

    logger = logging.getLogger("tifffile")
    collector = Collector(level=logging.ERROR)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield found
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagate


def check_parts(path: Path, tiff: Any) -> None:
    """Refuse OME metadata that takes slices from files outside the folder, which tifffile would open."""
    if not tiff.is_ome:
        return
    for name in re.findall(r"FileName\s*=\s*[\"']([^\"']*)", tiff.ome_metadata or ""):
        if Path(name).name != name or "&" in name or odd_kind(path.parent / name) is not None:
            raise InputError(f"{path.name} takes slices from {brief(name)}, which is no file beside it; put it there.")


def check_whole(path: Path, tiff: Any, complaints: list[str]) -> None:
    """Refuse a file that ends before its pixels do: tifffile may give fewer slices instead."""
    end = path.stat().st_size
    needed = 0
    for series in tiff.series:
        if series.dataoffset is not None:
            needed = max(needed, series.dataoffset + series.nbytes)
            continue
        for page in series.pages:
            if page is None:
                complaints.append("a slice is missing")
                continue
            extents = zip(page.dataoffsets, page.databytecounts, strict=False)
            needed = max([needed, *(offset + count for offset, count in extents)])
    if needed > end:
        raise InputError(f"{path.name} is truncated: it has {end} bytes but its pixels need {needed}.")
    if complaints:
        raise InputError(f"{path.name} is truncated or damaged ({brief(complaints[0])}).")
    if tiff.is_imagej:
        said = (tiff.imagej_metadata or {}).get("images", 1)
        found = sum(int(np.prod(s.shape)) // int(np.prod(s.pages[0].shape)) for s in tiff.series)
        if said > found:
            raise InputError(f"{path.name} is truncated: it should have {said} slices but has {found}.")
