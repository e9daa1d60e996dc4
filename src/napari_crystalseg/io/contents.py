"""What a file is, told from its first bytes and not from its name."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from ..errors import InputError


class Format(Enum):
    """File formats that we read."""

    TIFF = "TIFF"
    NPY = "NumPy array"
    NPZ = "NumPy archive"
    HDF5 = "HDF5"


_SIGNATURES = (
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),
    (b"MM\0+", Format.TIFF),
    (b"\x93NUMPY", Format.NPY),
    (b"PK\x03\x04", Format.NPZ),
    (b"PK\x05\x06", Format.NPZ),
    (b"\x89HDF\r\n\x1a\n", Format.HDF5),
)


def format_of(path: str | Path) -> Format:
    """Format of a file.

    Raises
    ------
    InputError
        There is no such file, it is a folder, empty, unreadable, or of none of the formats that we read.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder; name one file (.tif, .npy, .h5, .nxs or .npz).")
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    if not head:
        raise InputError(f"{path.name} is empty (0 bytes); it was perhaps not written to its end.")
    for signature, format_ in _SIGNATURES:
        if head.startswith(signature):
            return format_
    raise InputError(
        f"{path.name} is not a TIFF, NumPy or HDF5 file, whatever its name says (it begins with {head[:8]!r})."
    )
