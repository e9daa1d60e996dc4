"""What a file or folder is, told from its content and not from its name."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from ..errors import InputError
from .files.input_file import check_input


class Format(Enum):
    """Formats that we read."""

    TIFF = "TIFF"
    NPY = "NumPy array"
    NPZ = "NumPy archive"
    HDF5 = "HDF5"
    ZARR = "Zarr"
    TIFF_FOLDER = "folder of TIFF"


ZARR_METADATA = ("zarr.json", ".zattrs", ".zgroup", ".zarray")
"""Files of which a Zarr store has one: ``zarr.json`` in version 3, the others in version 2."""

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
    """Format of a file or folder.

    Raises
    ------
    InputError
        There is no such file, it is empty, unreadable, or of none of the formats that we read.
    """
    path = Path(path)
    check_input(path)
    if path.is_dir():
        return _format_of_folder(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    _refuse_dials(path, head)
    if not head:
        raise InputError(f"{path.name} is empty (0 bytes); it was perhaps not written to its end.")
    for signature, format_ in _SIGNATURES:
        if head.startswith(signature):
            return format_
    if _is_hdf5_behind_other_bytes(path):
        return Format.HDF5
    raise InputError(
        f"{path.name} is not a TIFF, NumPy or HDF5 file, whatever its name says (it begins with {head[:8]!r})."
    )


def _is_hdf5_behind_other_bytes(path: Path) -> bool:
    """Whether HDF5 begins behind a block of the user's, of 512 bytes or a double of it, as MATLAB writes one."""
    signature = next(signature for signature, format_ in _SIGNATURES if format_ is Format.HDF5)
    with path.open("rb") as stream:
        for offset in (512, 1024, 2048, 4096, 8192):
            stream.seek(offset)
            if stream.read(len(signature)) == signature:
                return True
    return False


def _refuse_dials(path: Path, head: bytes) -> None:
    """Tell what the files of DIALS are for: they hold no greys and no labels."""
    if path.suffix.lower() == ".expt" and head.lstrip()[:1] == b"{":
        raise InputError(
            f"{path.name} is a DIALS experiment list, with neither projections nor voxels; give it as --experiment to "
            "'crystalseg process', 'absorb' or 'sensitivity', with its reflection table as --reflections."
        )
    # A reflection table is a message of three entries, the first of which names it.
    if b"dials::af::" in head or (path.suffix.lower() == ".refl" and head):
        raise InputError(
            f"{path.name} is a DIALS reflection table, with neither projections nor voxels; give it as --reflections "
            "to 'crystalseg process', 'absorb' or 'sensitivity', with its experiment list as --experiment."
        )


def _format_of_folder(path: Path) -> Format:
    try:
        if any((path / name).is_file() for name in ZARR_METADATA):
            return Format.ZARR
        if next(tiff_files(path), None) or any(next(tiff_files(one), None) for one in subfolders(path)):
            return Format.TIFF_FOLDER
        empty = not any(path.iterdir())
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    raise InputError(
        f"{path} is a folder {'with nothing' if empty else 'without TIFF files or a Zarr image'} in it; name one file "
        "(.tif, .npy, .h5, .nxs or .npz), an OME-Zarr folder, or a folder with the TIFF files of a scan."
    )


def tiff_files(folder: Path) -> Iterator[Path]:
    """Iterate over the TIFF files right in a folder, less hidden ones."""
    for file in folder.iterdir():
        if file.suffix.lower() in (".tif", ".tiff") and not file.name.startswith(".") and file.is_file():
            yield file


def subfolders(folder: Path) -> list[Path]:
    """Folders right in a folder, by name, less hidden ones."""
    return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
