"""Binned scans: less to compute and less noise, at a lower resolution."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..frames import frame_blocks
from ..scan import Scan

BINNINGS = (1, 2, 4)


def binned(scan: Scan, factor: int) -> Scan:
    """Average counts of squares of pixels: of projections, flats and darks, before they are divided.

    Rows and columns beyond the last whole square are left out.

    Parameters
    ----------
    scan : Scan
        The scan; frames that lie in a file are read part by part.
    factor : int
        Pixels along rows and columns that become one.

    Returns
    -------
    Scan
        Its pixels are ``factor`` times as large, and its centre is where it was: the middle of the first large pixel
        lies (factor - 1) / 2 small ones behind that of the first small one.
    """
    if factor == 1:
        return scan
    return replace(
        scan,
        projections=_averaged(scan.projections, factor),
        flats=_averaged(scan.flats, factor),
        darks=_averaged(scan.darks, factor),
        pixel_size_um=None if scan.pixel_size_um is None else scan.pixel_size_um * factor,
        rotation_centre_px=None if scan.rotation_centre_px is None else binned_column(scan.rotation_centre_px, factor),
    )


def binned_mask(mask: NDArray[np.bool_], factor: int) -> NDArray[np.bool_]:
    """Mark the large pixels, shape (row, column), that hold a marked small one."""
    rows, columns = mask.shape[0] // factor, mask.shape[1] // factor
    squares = mask[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    return np.asarray(squares.any(axis=(1, 3)))


def binned_column(column_px: float, factor: int) -> float:
    """Where a column of the detector lies among binned ones, kept within the detector."""
    return max(0.0, (column_px - (factor - 1) / 2) / factor)


def unbinned_column(column_px: float, factor: int) -> float:
    """Where a binned column lies among those of the detector."""
    return column_px * factor + (factor - 1) / 2


def _averaged(frames: Any, factor: int) -> NDArray[np.float32]:
    count, rows, columns = frames.shape
    rows, columns = rows // factor, columns // factor
    result = np.empty((count, rows, columns), dtype=np.float32)
    first = 0
    for block in frame_blocks(frames):
        squares = block[:, : rows * factor, : columns * factor].reshape(-1, rows, factor, columns, factor)
        result[first : first + len(block)] = squares.mean(axis=(2, 4), dtype=np.float32)
        first += len(block)
    return result
