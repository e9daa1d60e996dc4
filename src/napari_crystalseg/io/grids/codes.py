"""Whether the numbers of a grid are codes of labels, or voxel values."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from ...errors import InputError
from ...labels import Material
from .grid import Grid


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


def with_whole_codes(grid: Grid) -> Grid:
    """Return labels that are stored with decimals as integers, said under what was assumed, where all are codes.

    Raises
    ------
    InputError
        A value is not a whole number from 0 to 4.
    """
    if not np.issubdtype(grid.dtype, np.floating):
        return grid
    # NaN is no code, and is not less or equal to anything.
    for slab in grid.slabs():
        if not (((slab >= 0) & (slab <= max(Material))).all() and (slab == np.rint(slab)).all()):
            raise InputError(
                f"Labels must be integers (uint8) from 0 to {max(Material)}; these are {grid.dtype} with other values "
                "than whole numbers from 0 to 4. Are they voxel values, or probabilities?"
            )
    read = grid.read
    said = f"labels: whole numbers from 0 to {max(Material)}, stored as {grid.dtype}"
    return replace(
        grid,
        dtype=np.dtype(np.uint8),
        read=lambda first, last: read(first, last).astype(np.uint8),
        assumed=(*grid.assumed, said),
    )
