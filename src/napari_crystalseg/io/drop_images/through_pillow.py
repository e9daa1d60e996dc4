"""JPEG, PNG and BMP, decoded by Pillow, and PNG of 16 bits by OpenCV."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, lacks_memory, shortened
from ..assumed.statements import Statements
from .pixel_values import eight_bits, from_inks, red_green_blue
from .stated_scale import UM_PER_INCH, from_resolution
from .stored_image import StoredImage, check_size

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_ORIENTATION = 274


def read_jpeg(path: Path, statements: Statements) -> StoredImage:
    """Read a JPEG image.

    Raises
    ------
    InputError
        Truncated, damaged, of a kind that is not read, or too large.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    # The class itself, not Image.open: that compares with a limit which belongs to the whole process.
    image = _opened(JpegImageFile, path, "JPEG")
    with image:
        values = _loaded(image, path, "JPEG").astype(np.uint8, copy=False)
        if image.mode == "CMYK":
            # Pillow takes all inks as Adobe writes them, 255 where there is none; without its mark they are not.
            if "adobe" not in image.info:
                values = 255 - values
            statements.assumed("inks (CMYK) brought to red, green and blue without a colour profile")
            values = from_inks(values)
        _colour_profile(image, statements)
        return StoredImage(red_green_blue(values), _orientation(image, statements), _jpeg_pixel_size(image, statements))


def read_png(path: Path, statements: Statements) -> StoredImage:
    """Read a PNG image.

    Raises
    ------
    InputError
        Truncated, damaged or too large.
    """
    from PIL.PngImagePlugin import PngImageFile

    head = _head(path, 29)
    if len(head) < 29 or head[12:16] != b"IHDR":
        raise InputError(f"{path.name} is truncated: it ends within the header of a PNG.")
    columns, rows, depth, colours = struct.unpack(">IIBB", head[16:26])
    check_size(rows, columns, path.name)
    image = _opened(PngImageFile, path, "PNG")
    with image:
        if getattr(image, "is_animated", False):
            statements.assumed(f"the file holds {image.n_frames} frames, of which the first is used")  # type: ignore[attr-defined]
        loaded = _loaded(image, path, "PNG", ("RGB",))
        if depth == 16 and colours != 0:
            loaded = _deep_png(path)
        values = eight_bits(loaded, statements)
        if image.has_transparency_data:
            statements.not_used("its transparency")
        _colour_profile(image, statements)
        density = image.info.get("dpi")
        size = None
        if density is not None:
            # Pillow makes dots per inch of the pixels per metre that are stored.
            across, along = (round(float(one) / 0.0254) for one in density)
            size = from_resolution((along / 1e6, across / 1e6), f"{across} pixels per metre", statements)
        return StoredImage(red_green_blue(values), _orientation(image, statements), size)


def read_bmp(path: Path, statements: Statements) -> StoredImage:
    """Read a BMP image.

    Raises
    ------
    InputError
        Truncated, damaged or too large.
    """
    from PIL.BmpImagePlugin import BmpImageFile

    image = _opened(BmpImageFile, path, "BMP")
    with image:
        if image.mode == "RGBA":
            statements.not_used("its transparency")
        values = _loaded(image, path, "BMP", ("RGB",))
        density = image.info.get("dpi")
        size = None
        if density is not None:
            across, along = (float(one) / UM_PER_INCH for one in density)
            size = from_resolution((along, across), f"{1e6 * across:.6g} pixels per metre", statements)
        return StoredImage(red_green_blue(eight_bits(values, statements)), 1, size)


def _opened(reader: Any, path: Path, kind: str) -> ImageFile:
    try:
        image: ImageFile = reader(str(path))
    except InputError:
        raise
    except Exception as error:  # Pillow meets damaged bytes with many types of error
        if lacks_memory(error):
            raise
        raise InputError(
            f"{path.name} is truncated or damaged and cannot be read as {kind} ({shortened(error)})."
        ) from error
    check_size(image.size[1], image.size[0], path.name)
    return image


def _loaded(image: ImageFile, path: Path, kind: str, otherwise: tuple[str, ...] = ()) -> NDArray[np.generic]:
    """Decoded pixels: grey, (row, column), or colours, (row, column, channel); palettes are resolved."""
    try:
        image.load()
        if image.mode in ("1", "L", "RGB", "CMYK", "I;16", "I;16B", "I;16L"):
            return np.asarray(image)
        if image.mode in ("LA", "La"):
            return np.asarray(image)[:, :, 0]
        if image.mode == "I":
            # What Pillow makes of 16 bits in some of its versions.
            return np.asarray(image).astype(np.uint16)
        if image.mode in ("RGBA", "RGBa", "RGBX"):
            return np.asarray(image)[:, :, :3]
        return np.asarray(image.convert(otherwise[0] if otherwise else "RGB"))
    except Exception as error:
        if lacks_memory(error):
            raise
        raise InputError(
            f"{path.name} is truncated or damaged and cannot be read as {kind} ({shortened(error)}); copy it again."
        ) from error


def _deep_png(path: Path) -> NDArray[np.generic]:
    """Colours of 16 bits, of which Pillow keeps 8; the file was decoded once and is whole."""
    import cv2

    values = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as PNG; copy it again.")
    if values.ndim == 3 and values.shape[2] >= 3:
        return np.asarray(values[:, :, 2::-1])
    return np.asarray(values if values.ndim == 2 else values[:, :, 0])


def _orientation(image: ImageFile, statements: Statements) -> int:
    try:
        found = image.getexif().get(_ORIENTATION, 1)
        orientation = int(found)
    except Exception:
        # A damaged note of a camera says nothing of the pixels.
        statements.not_used("what a camera noted in it (EXIF), which is damaged")
        return 1
    return checked_orientation(orientation, statements)


def checked_orientation(orientation: int, statements: Statements) -> int:
    """Return an orientation of EXIF, 1 where it is none, and say how the image is turned."""
    if not 1 <= orientation <= 8:
        return 1
    if orientation != 1:
        statements.assumed(f"turned upright, as its orientation ({orientation} of EXIF) asks for")
    return orientation


def _jpeg_pixel_size(image: ImageFile, statements: Statements) -> float | None:
    unit, density = image.info.get("jfif_unit"), image.info.get("jfif_density")
    if unit in (1, 2) and density is not None:
        per = UM_PER_INCH if unit == 1 else 1e4
        words = "dots per inch" if unit == 1 else "pixels per centimetre"
        return from_resolution((density[1] / per, density[0] / per), f"{density[0]} {words}", statements)
    if (stated := image.info.get("dpi")) is not None:
        across, along = (float(one) for one in stated)
        return from_resolution((along / UM_PER_INCH, across / UM_PER_INCH), f"{across:.6g} dots per inch", statements)
    return None


def _colour_profile(image: ImageFile, statements: Statements) -> None:
    profile = image.info.get("icc_profile")
    if profile and b"sRGB" not in profile and "sRGB".encode("utf-16-be") not in profile:
        statements.not_used("its colour profile")


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)
