"""The formats in which volumes and labels are saved."""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError
from .hdf5.writer import Hdf5Writer
from .numpy.writer import NpyWriter
from .ome_zarr.writer import ZarrWriter
from .tiff.writer import TiffWriter
from .writer import Writer

WRITERS: tuple[Writer, ...] = (TiffWriter(), ZarrWriter(), Hdf5Writer(), NpyWriter())
"""One for each suffix. A new format is a class, and a line here."""


def writer_of(path: str | Path) -> Writer | None:
    """Writer of the files of a name; None where neither volumes nor labels are saved so."""
    suffix = Path(path).suffix.lower()
    return next((writer for writer in WRITERS if suffix in writer.suffixes), None)


def required_writer(path: str | Path) -> Writer:
    """Writer of the files of a name.

    Raises
    ------
    InputError
        A suffix that is not written.
    """
    path = Path(path)
    writer = writer_of(path)
    if writer is None:
        *others, last = (one.suffixes[0] for one in WRITERS)
        raise InputError(f"Save as {', '.join(others)} or {last}, not as '{path.suffix}' ({path.name}).")
    return writer
