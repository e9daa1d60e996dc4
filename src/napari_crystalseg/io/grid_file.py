"""A volume or labels in a file or folder, whatever its format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import InputError
from ..labels import Material
from .contents import Format, format_of
from .grids.choice import ONLY, Choice
from .grids.grid import Grid, refuse_what_is_no_number
from .scan_file import holds_scan
from .sidecars import sidecars_said


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
    grid = _open(path, choice)
    refuse_what_is_no_number(grid.dtype, path.name)
    if grid.record or format_of(path) is Format.ZARR:
        return grid
    return replace(grid, assumed=(*grid.assumed, *sidecars_said(path)))


def _open(path: Path, choice: Choice) -> Grid:
    format_ = format_of(path)
    if format_ is Format.TIFF:
        from .tiff.tiff import read_tiff

        return read_tiff(path, choice)
    if format_ is Format.NPY:
        from .numpy.npy import read_npy

        return read_npy(path, choice)
    if format_ is Format.ZARR:
        from .ome_zarr.reading import read_ome_zarr

        return read_ome_zarr(path, choice)
    if holds_scan(path):
        raise InputError(f"{path.name} is a raw scan, not a volume; reconstruct it first.")
    if format_ is Format.TIFF_FOLDER:
        from .tiff.folder import read_slices

        return read_slices(path, choice)
    if format_ is Format.NPZ:
        from .numpy.npz_volume import read_npz_volume

        return read_npz_volume(path, choice)
    from .hdf5.volume import read_hdf5_volume

    return read_hdf5_volume(path, choice)


def grid_kind(grid: Grid) -> Literal["volume", "labels"]:
    """Whether a grid is a volume or labels; values are read as far as needed to tell."""
    import psutil

    recorded = grid.record.get("kind")
    if recorded in ("volume", "labels"):
        return "volume" if recorded == "volume" else "labels"
    if not np.issubdtype(grid.dtype, np.integer) or 0 in grid.shape:
        return "volume"
    # Codes take a byte each; what is larger than the memory can be neither, and is not read to tell.
    if grid.nbytes > psutil.virtual_memory().total:
        return "volume"
    known = all(slab.min() >= 0 and slab.max() <= max(Material) for slab in grid.slabs())
    return "labels" if known else "volume"
