"""What a file holds and how large it is, in words, before it is loaded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from ..checks import checked_finite
from ..labels import Material, checked_codes
from ..scan import Scan
from .files.unforeseen import named
from .formats.readers import open_grid, reader_of
from .grids.choice import Choice
from .grids.codes import grid_kind, with_whole_codes
from .grids.grid import Grid
from .grids.voxel_size import assumptions_of, voxel_size_of
from .opening import Kind, refuse_choice_of_scan

# Values of more bytes are not looked at before they are loaded.
_LOOKED_AT_BYTES = 2**28


@dataclass(frozen=True)
class Description:
    """What a file or folder holds.

    Parameters
    ----------
    kind : {"scan", "volume", "labels"}
        As :func:`~napari_crystalseg.io.kind_of` tells.
    format : str
        Name of the format.
    shape : (int, int, int)
        Projections, rows and columns of a scan; else voxels along (z, y, x).
    dtype : str
        Of the values as stored.
    nbytes : int
        Bytes of the projections, or of the voxels, uncompressed.
    memory_bytes : int
        Memory that they take once loaded: a volume is loaded as float32, labels as uint8; large projections stay in
        their file.
    lines : tuple of str
        All of it in sentences for the user, the first the most important.
    """

    kind: Kind
    format: str
    shape: tuple[int, int, int]
    dtype: str
    nbytes: int
    memory_bytes: int
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def describe(
    path: str | Path,
    voxel_size_um: float | ArrayLike | None = None,
    *,
    axes: str | None = None,
    dataset: str | None = None,
) -> Description:
    """Describe a file or folder from its headers, and refuse what the commands that open it refuse.

    Values are read to tell labels from voxel values, and those of up to 256 MB to see that they can be used.

    Parameters
    ----------
    path : path
        As for :func:`~napari_crystalseg.io.kind_of`.
    voxel_size_um : float or (float, float, float), optional
        Voxel size along (z, y, x), µm, in place of what the file says.
    axes, dataset : str, optional
        As for :func:`~napari_crystalseg.io.kind_of`.

    Raises
    ------
    InputError
        It cannot be opened, or states a voxel size that cannot be used: the text says why.
    """
    path = Path(path)
    with named(path):
        reader = reader_of(path)
        if (layout := reader.scan_layout(path)) is not None:
            refuse_choice_of_scan(path, axes, dataset)
            return _of_scan(reader.read_scan(path), layout)
        grid = open_grid(path, Choice.of(axes, dataset))
        return _of_grid(grid, reader.format, voxel_size_um)


def _of_scan(scan: Scan, format_: str) -> Description:
    count, rows, columns = scan.shape
    frames = scan.projections
    volume_bytes = 4 * rows * columns * columns
    lines = [
        f"Raw scan ({format_}): {count} projections of {rows} × {columns} pixels (rows × columns), {frames.dtype}, "
        f"{_size(frames.nbytes)}, {_share(frames.nbytes)}.",
        f"{_number(len(scan.flats), 'flat')} and {_number(len(scan.darks), 'dark')}; angles from "
        f"{scan.angles_deg.min():.4g}° to {scan.angles_deg.max():.4g}°.",
        "Pixels of "
        + (f"{scan.pixel_size_um:.6g} µm" if scan.pixel_size_um else "unknown size: give --voxel-size-um")
        + (f"; {scan.energy_kev:.6g} keV" if scan.energy_kev else "")
        + (f"; {scan.distance_mm:.6g} mm to the detector" if scan.distance_mm is not None else "")
        + _recorded_axis(scan.rotation_centre_px, columns)
        + ".",
        f"Reconstructed: {rows} × {columns} × {columns} voxels, float32, {_size(volume_bytes)}, "
        f"{_share(volume_bytes)}.",
    ]
    if scan.half_acquisition:
        lines.insert(3, "A half acquisition: the axis is near an edge, and slices become wider than the detector.")
    lines += _assumed(scan.provenance.assumptions)
    return Description("scan", format_, scan.shape, str(frames.dtype), frames.nbytes, frames.nbytes, tuple(lines))


def _recorded_axis(recorded_px: float | None, columns: int) -> str:
    """Say where the axis is recorded, and how else that may be meant if it is far from the middle of the detector."""
    if recorded_px is None:
        return ""
    middle = (columns - 1) / 2
    said = f"; rotation axis recorded at column {recorded_px:.6g}"
    if recorded_px >= 0 and abs(recorded_px - middle) <= columns / 4:
        return said
    return f"{said}, or at {middle + recorded_px:.6g} if it counts from the middle: looked for when it is used"


def _of_grid(grid: Grid, format_: str, given: float | ArrayLike | None) -> Description:
    kind = grid_kind(grid)
    known = voxel_size_of(grid, given)
    checked = with_whole_codes(grid) if kind == "labels" and grid.nbytes <= _LOOKED_AT_BYTES else grid
    codes = _codes(checked, kind)
    memory = math.prod(grid.shape) * (1 if kind == "labels" else 4)
    size = " × ".join(f"{length:.6g}" for length in known) if known else ""
    lines = [
        f"{kind.capitalize()} ({format_}): {' × '.join(map(str, grid.shape))} voxels (z × y × x), {grid.dtype}, "
        f"{_size(grid.nbytes)}; loaded {_size(memory)}, {_share(memory)}.",
        f"Voxels of {size} µm." if size else "Voxels of unknown size: give --voxel-size-um.",
        *codes,
        *_assumed(assumptions_of(checked, given)),
    ]
    shape = (grid.shape[0], grid.shape[1], grid.shape[2])
    return Description(kind, format_, shape, str(grid.dtype), grid.nbytes, memory, tuple(lines))


def _codes(grid: Grid, kind: Kind) -> list[str]:
    """What integers that are no labels hold; refuse labels with other codes, and voxel values that are not finite."""
    if grid.nbytes > _LOOKED_AT_BYTES:
        return []
    if np.issubdtype(grid.dtype, np.integer):
        if kind == "volume" and grid.record.get("kind") == "volume":
            return []
        low, high = _range(grid)
        if kind == "labels":
            checked_codes(low, high)
            return []
        return [f"Integers from {low} to {high}: voxel values, as labels are 0 to {max(Material)}."]
    for slab in grid.slabs():
        checked_finite(slab, "The volume")
    return []


def _range(grid: Grid) -> tuple[int, int]:
    ends = [(int(slab.min()), int(slab.max())) for slab in grid.slabs()]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _assumed(texts: Iterable[str]) -> list[str]:
    return [f"Assumed: {text}." for text in texts]


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _size(nbytes: int) -> str:
    """Bytes in the unit of their size, three digits."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if nbytes >= factor:
            return f"{nbytes / factor:.3g} {unit}"
    return f"{nbytes} bytes"


def _share(nbytes: int) -> str:
    import psutil

    total = psutil.virtual_memory().total
    share = 100 * nbytes / total
    if share < 1:
        return f"less than 1 % of this machine's memory ({_size(total)})"
    return (
        f"{share:.2g} % of this machine's memory ({_size(total)})"
        if share < 100
        else (f"{share / 100:.3g} times this machine's memory ({_size(total)})")
    )
