"""Where a volume goes that is large for the memory."""

from __future__ import annotations

import os
from collections.abc import Collection
from itertools import count
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...scan import Scan
from ..layers.layer_record import RECORD
from .scan_text import size_text

if TYPE_CHECKING:
    import napari.viewer

    from ...tomography import Recipe

# A volume in memory is for a moment there twice, and whoever segments it needs as much again.
LARGEST_SHARE = 0.25


def free_bytes() -> int:
    """Memory that may be taken now."""
    import psutil

    return int(psutil.virtual_memory().available)


def place_for(
    scan: Scan, recipe: Recipe, folder: Path | None, scan_path: Path | None, name: str, shown: Collection[str]
) -> str | None:
    """Return the file that a reconstruction is to be written to, or None where it fits into memory.

    Parameters
    ----------
    scan : Scan
        The raw scan.
    recipe : Recipe
        What is to be done.
    folder : Path or None
        Folder that was chosen; None for that of the scan.
    scan_path : Path or None
        File of the scan, where it is known.
    name : str
        Name of the scan.
    shown : collection of str
        Files that layers are mapped from, which must not be written to.

    Returns
    -------
    str or None
        A file that is not there yet, or that an earlier run has begun and not finished.

    Raises
    ------
    InputError
        There is no folder to write to.
    """
    from ...tomography import usual_shape

    nbytes = 4 * prod(usual_shape(scan, recipe))
    if nbytes <= LARGEST_SHARE * free_bytes():
        return None
    if folder is None and scan_path is not None:
        folder = scan_path.parent
    if folder is None or (folder.is_dir() and not os.access(folder, os.W_OK)):
        raise InputError(
            f"The volume of {size_text(nbytes)} is large for the memory of this machine: choose a folder for it under "
            "Options, or bin the scan."
        )
    for number in count(1):
        path = folder / f"{name}_volume{'' if number == 1 else f'_{number}'}.npy"
        unfinished = path.with_name(f"{path.name}.journal").exists()
        if str(path) not in shown and (unfinished or not path.exists()):
            return str(path)
    raise AssertionError


def scan_path(viewer: napari.viewer.Viewer, scan: Scan | None) -> Path | None:
    """Return the file that a scan came from, where its layer knows it."""
    for layer in viewer.layers:
        record = layer.metadata.get(RECORD, {})
        if record.get("scan") is scan:
            path = record.get("path") or layer.source.path
            return Path(path) if path else None
    return None


def remains(path: str) -> str:
    """What of a reconstruction into a file is left when it ends early."""
    return f"What is done stays in {path}; press Reconstruct to go on."
