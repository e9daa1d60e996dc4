"""Open a micrograph of any of the formats."""

from __future__ import annotations

import codecs
import math
from collections.abc import Callable
from pathlib import Path

from ...errors import InputError
from ...provenance import Provenance
from ..assumed.statements import Statements
from ..files.input_file import check_input
from ..files.unforeseen import named
from .drop_image import DropImage
from .stored_image import StoredImage
from .through_pillow import read_bmp, read_jpeg, read_png
from .tiff import read_tiff

Reader = Callable[[Path, Statements], StoredImage]

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_OTHERS = (
    (b"GIF8", "a GIF"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\0\0\x01\0", "an icon"),
)


def open_drop_image(path: str | Path, pixel_size_um: float | None = None) -> DropImage:
    """Open a micrograph as it is looked at: upright, red, green and blue, 8 bits.

    Parameters
    ----------
    path : path
        JPEG, PNG, TIFF or BMP, whatever its name ends in: grey, in colours, with a palette or of inks (CMYK), of 1 to
        16 bits or floats. Of a file of several images the first is used.
    pixel_size_um : float, optional
        Side of a pixel at the drop, µm, in place of what the file states.

    Returns
    -------
    DropImage
        Its provenance says in a step ``open`` what was assumed, and what of the file is not used.

    Raises
    ------
    InputError
        There is no such file, or it is empty, truncated, damaged, no image, without pixels or too large, or a size of
        a pixel that is not positive.
    """
    path = Path(path)
    if pixel_size_um is not None and not (math.isfinite(pixel_size_um) and pixel_size_um > 0):
        raise InputError(f"The side of a pixel must be a positive length in µm, not {pixel_size_um}.")
    check_input(path)
    if path.is_dir():
        raise InputError(f"{path.name or path} is a folder; name an image in it.")
    with named(path):
        reader = _reader(path)
        statements = Statements()
        stored = reader(path, statements)
        size = stored.pixel_size_um
        if pixel_size_um is not None:
            if size is not None and abs(size / pixel_size_um - 1) > 0.01:
                statements.not_used(f"the file states a pixel of {size:.6g} µm, and {pixel_size_um:.6g} µm were given")
            size = pixel_size_um
        provenance = statements.recorded_in(Provenance.of_file(path))
        return DropImage(stored.upright(), size, path, provenance)


def is_drop_image(path: str | Path) -> bool:
    """Whether a file begins as a JPEG, PNG, TIFF or BMP image does; False for what cannot be read."""
    path = Path(path)
    try:
        return path.is_file() and _reader_of(_head(path)) is not None
    except (OSError, ValueError):
        return False


def is_photograph(path: str | Path) -> bool:
    """Whether a file is an image of a format that holds neither volumes nor slices here: JPEG, PNG or BMP."""
    path = Path(path)
    try:
        return path.is_file() and _reader_of(_head(path)) in (read_jpeg, read_png, read_bmp)
    except (OSError, ValueError):
        return False


def _reader(path: Path) -> Reader:
    head = _head(path)
    if not head:
        raise InputError(f"{path.name} is empty (0 bytes); it was perhaps not written to its end.")
    reader = _reader_of(head)
    if reader is not None:
        return reader
    raise InputError(f"{path.name} is {_kind(head)}, not an image in JPEG, PNG, TIFF or BMP; convert it to one.")


def _reader_of(head: bytes) -> Reader | None:
    if head.startswith(b"\xff\xd8\xff"):
        return read_jpeg
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return read_png
    if head.startswith(_TIFF):
        return read_tiff
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return read_bmp
    return None


def _kind(head: bytes) -> str:
    for signature, words in _OTHERS:
        if head.startswith(signature):
            return words
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "a WebP image"
    if head[4:8] == b"ftyp":
        return "an HEIF or AVIF image, or a film"
    if not any(head):
        return "a file of zeros"
    try:
        # The last character may be cut.
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "a file of another kind"
    return "a text" if all(one.isprintable() or one.isspace() for one in text) else "a file of another kind"


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(32)
