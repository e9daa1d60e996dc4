"""TIFF: grey, colour, palettes and inks of any depth, floats, and the first of several pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..assumed.statements import Statements
from ..formats.tiff.damage import check_whole, collected_messages, explaining_damage
from ..formats.tiff.images import open_without_siblings
from ..formats.tiff.scale import is_ome_alone, scale_of
from .pixel_values import eight_bits, from_inks, red_green_blue
from .stated_scale import from_resolution, square
from .stored_image import StoredImage, check_size
from .through_pillow import checked_orientation

# PhotometricInterpretation of TIFF 6.0.
_MIN_IS_WHITE, _PALETTE, _INKS, _YCBCR, _LAB = 0, 3, 5, 6, (8, 9, 10)
_JPEG = (6, 7, 34892)
_ORIENTATION, _LARGEST_VALUE, _SUBSAMPLED = 274, 281, 530
_PER_UM = {2: 1 / 25400.0, 3: 1e-4}


def read_tiff(path: Path, statements: Statements) -> StoredImage:
    """Read a TIFF image.

    Raises
    ------
    InputError
        Truncated, damaged, too large, or in colours that are not read.
    """
    with collected_messages() as complaints, explaining_damage(path), open_without_siblings(path) as tiff:
        page = _page(path, tiff, statements)
        check_size(page.imagelength, page.imagewidth, path.name)
        check_whole(path, tiff, complaints)
        values = _channels_of_pages(tiff, page, statements)
        if values is None:
            values = _colours(path, page, statements)
        if complaints:
            raise InputError(f"{path.name} is truncated or damaged ({complaints[0][:100]}); copy it again.")
        orientation = int(page.tags[_ORIENTATION].value) if _ORIENTATION in page.tags else 1
        return StoredImage(
            red_green_blue(values), checked_orientation(orientation, statements), _pixel_size(tiff, page, statements)
        )


def _page(path: Path, tiff: Any, statements: Statements) -> Any:
    """The first page that is no small picture of another."""
    pages = [tiff.pages.get(n) for n in range(min(len(tiff.pages), 8))]
    if not pages:
        raise InputError(f"{path.name} holds no image.")
    whole = [number for number, one in enumerate(pages) if not one.is_reduced] or [0]
    if len(tiff.pages) > 1 and not _is_composite(tiff):
        which = "first" if whole[0] == 0 else f"number {whole[0] + 1}"
        statements.assumed(f"the file holds {len(tiff.pages)} images, of which the {which} is used")
    return pages[whole[0]]


def _is_composite(tiff: Any) -> bool:
    """Whether three pages are red, green and blue of one image, as ImageJ and OME keep channels."""
    if not tiff.series:
        return False
    series = tiff.series[0]
    sizes = {axis: size for axis, size in zip(series.axes, series.shape, strict=False) if size > 1}
    return sizes.get("C") == 3 and set(sizes) <= {"C", "Y", "X"} and len(series.pages) == 3 == len(tiff.pages)


def _channels_of_pages(tiff: Any, page: Any, statements: Statements) -> NDArray[np.uint8] | None:
    if not _is_composite(tiff):
        return None
    statements.assumed("its three channels are taken as red, green and blue")
    channels = np.stack([one.asarray() for one in tiff.series[0].pages], axis=2)
    return eight_bits(channels, statements, _white(page))


def _colours(path: Path, page: Any, statements: Statements) -> NDArray[np.uint8]:
    """Grey values or colours of a page, 8 bits."""
    photometric = int(page.photometric)
    if photometric in _LAB:
        raise InputError(f"{path.name} holds colours as lightness and two hues (CIELab); save it as RGB.")
    if photometric == _YCBCR and int(page.compression) not in _JPEG:
        return _through_pillow(path, page)
    values = np.asarray(page.asarray())
    # Images of several planes in depth (volumetric tiles) have a further axis in front.
    while values.ndim > 3 and values.shape[0] == 1:
        values = values[0]
    samples = int(page.samplesperpixel)
    if samples > 1 and int(page.planarconfig) == 2 and values.ndim == 3:
        values = np.moveaxis(values, 0, 2)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    if values.ndim not in (2, 3):
        raise InputError(f"{path.name} holds no plane of pixels but an array of the shape {values.shape}.")
    if photometric == _PALETTE and page.colormap is not None:
        table = np.asarray(page.colormap)
        # Some programs write bytes where TIFF has words.
        table = (table >> 8) if table.max() > 255 else table
        return np.asarray(table[:, np.minimum(values, table.shape[1] - 1)].transpose(1, 2, 0), dtype=np.uint8)
    if photometric == _INKS:
        if values.ndim != 3 or values.shape[2] < 4:
            raise InputError(f"{path.name} holds inks other than cyan, magenta, yellow and black; save it as RGB.")
        statements.assumed("inks (CMYK) brought to red, green and blue without a colour profile")
        return from_inks(eight_bits(values[:, :, :4], statements, _white(page)))
    if values.ndim == 3:
        if values.shape[2] in (2, 4):
            statements.not_used("its transparency")
        elif values.shape[2] > 4:
            statements.assumed(f"the image has {values.shape[2]} channels, of which the first three are used")
        values = values[:, :, 0] if values.shape[2] == 2 else values[:, :, :3]
    grey = eight_bits(values, statements, _white(page))
    return 255 - grey if photometric == _MIN_IS_WHITE else grey


def _white(page: Any) -> float | None:
    """The value of white that the file states: as a largest value, or as bits that fill no whole bytes."""
    if np.dtype(page.dtype).kind not in "ub":
        return None
    if np.dtype(page.dtype).kind == "b":
        return 1.0
    bits = int(page.bitspersample) if isinstance(page.bitspersample, int) else 0
    if 0 < bits < 8 * np.dtype(page.dtype).itemsize:
        return float(2**bits - 1)
    if _LARGEST_VALUE in page.tags:
        value = page.tags[_LARGEST_VALUE].value
        largest = float(np.max(value))
        # Some programs note the largest that occurs: only what a depth of bits would allow is a statement of it.
        if np.log2(largest + 1).is_integer() and largest >= 255:
            return largest
    return None


def _through_pillow(path: Path, page: Any) -> NDArray[np.uint8]:
    """Luminance and two colours that are stored without JPEG, and may be sampled more coarsely."""
    from PIL.TiffImagePlugin import TiffImageFile

    with TiffImageFile(str(path)) as image:
        image.seek(page.index)
        values = np.asarray(image.convert("RGB"))
        if _ORIENTATION in page.tags and values.shape[:2] != (page.imagelength, page.imagewidth):
            raise InputError(f"{path.name} holds colours (YCbCr) that are turned; save it as RGB.")
        return values


def _pixel_size(tiff: Any, page: Any, statements: Statements) -> float | None:
    try:
        scale = scale_of(tiff)
    except Exception:
        statements.not_used("a statement of its scale that cannot be read")
        return None
    sizes = [scale.sizes_um[axis] for axis in "YX" if axis in scale.sizes_um]
    if tiff.is_ome or tiff.is_imagej or is_ome_alone(tiff):
        for text in scale.assumed:
            if "slice" not in text and "plane" not in text and "axis" not in text:
                statements.assumed(text)
        return square(sizes, statements)
    unit = int(page.tags["ResolutionUnit"].value) if "ResolutionUnit" in page.tags else 2
    stated = [_ratio(page, name) for name in ("YResolution", "XResolution")]
    if unit not in _PER_UM or not all(one and one != 1 for one in stated):
        if any(one and one != 1 for one in stated):
            statements.not_used("its resolution without a unit of length")
        return None
    words = "dots per inch" if unit == 2 else "pixels per centimetre"
    along, across = ((one or 0.0) * _PER_UM[unit] for one in stated)
    return from_resolution((along, across), f"{stated[1]:.6g} {words}", statements)


def _ratio(page: Any, name: str) -> float | None:
    if name not in page.tags:
        return None
    numerator, denominator = page.tags[name].value
    return float(numerator) / float(denominator) if denominator else None
