"""The formats that are read, in order of trust."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ..assumed.sidecars import sentences_on_sidecars
from ..files.input_file import check_input
from ..grids.choice import ONLY, Choice
from ..grids.grid import Grid, refuse_what_is_no_number
from .hdf5.reader import Hdf5Reader
from .numpy.reader import NpyReader, NpzReader
from .ome_zarr.reader import ZarrReader
from .reader import Reader
from .tiff.reader import TiffFolderReader, TiffReader

READERS: tuple[Reader, ...] = (
    TiffReader(),
    NpyReader(),
    NpzReader(),
    Hdf5Reader(),
    ZarrReader(),
    TiffFolderReader(),
)
"""The first that recognises a file or folder reads it. A new format is a class, and a line here."""

_HEAD_BYTES = 16


def reader_of(path: str | Path) -> Reader:
    """Reader of a file or folder, told from its content and not from its name.

    Raises
    ------
    InputError
        There is no such file, it is empty, unreadable, or of none of the formats that we read.
    """
    path = Path(path)
    check_input(path)
    if path.is_dir():
        return _reader_of_folder(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    _refuse_dials(path, head)
    if head.startswith(b"###CBF"):
        raise InputError(
            f"{path.name} is a diffraction image, with neither projections nor voxels; give it to "
            "'crystalseg diffraction geometry', or open it in napari."
        )
    if not head:
        raise InputError(f"{path.name} is empty (0 bytes); it was perhaps not written to its end.")
    of_files = [reader for reader in READERS if not reader.is_folder]
    for reader in of_files:
        if reader.recognises(path, head):
            return reader
    *kinds, last = dict.fromkeys(reader.format.split()[0] for reader in of_files)
    raise InputError(
        f"{path.name} is not a {', '.join(kinds)} or {last} file, whatever its name says (it begins with {head[:8]!r})."
    )


def suffixes_read(folders: bool = False) -> tuple[str, ...]:
    """Suffixes of the files that are read; those of folders, too, where they are asked for."""
    return tuple(suffix for reader in READERS if folders or not reader.is_folder for suffix in reader.suffixes)


def open_grid(path: Path, choice: Choice = ONLY) -> Grid:
    """Open a volume or labels, leaving the values in the file until they are asked for.

    Parameters
    ----------
    path : Path
        File or folder.
    choice : Choice
        What the user says of its axes, and which of several is wanted.

    Raises
    ------
    InputError
        It is none, or its values are no real numbers.
    """
    reader = reader_of(path)
    if reader.scan_layout(path) is not None:
        raise InputError(f"{path.name} is a raw scan, not a volume; reconstruct it first.")
    grid = reader.read_grid(path, choice)
    refuse_what_is_no_number(grid.dtype, path.name)
    if grid.record:
        return grid
    return replace(grid, assumed=(*grid.assumed, *sentences_on_sidecars(path, reader.files_beside(path))))


def _reader_of_folder(path: Path) -> Reader:
    try:
        for reader in READERS:
            if reader.is_folder and reader.recognises(path, b""):
                return reader
        empty = not any(path.iterdir())
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    raise InputError(
        f"{path} is a folder {'with nothing' if empty else 'without TIFF files or a Zarr image'} in it; name one file "
        "(.tif, .npy, .h5, .nxs or .npz), an OME-Zarr folder, or a folder with the TIFF files of a scan."
    )


def _refuse_dials(path: Path, head: bytes) -> None:
    """Tell what the files of DIALS are for: they hold no voxel values and no labels."""
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
