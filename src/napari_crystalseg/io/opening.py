"""Open a file as the noun that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..checks import checked_voxel_size
from ..errors import CrystalSegError, InputError, brief, lacks_memory, one_line
from ..labels import Labels, Material
from ..provenance import Provenance
from ..scan import Scan
from ..volume import Quantity, Volume
from .contents import Format, format_of
from .grid_file import grid_kind, open_grid
from .grids.choice import Choice
from .grids.grid import Grid, provenance_of
from .grids.single_slice import THICKNESS
from .scan_file import holds_scan, read_scan

Kind = Literal["scan", "volume", "labels"]

LARGEST_READ_BYTES = 2**30
"""Projections that are larger stay in their file until they are asked for."""


def kind_of(path: str | Path, *, axes: str | None = None, dataset: str | None = None) -> Kind:
    """Tell what a file or folder holds, from its content.

    Parameters
    ----------
    path : path
        TIFF, ``.npy``, ``.npz`` or HDF5 file, OME-Zarr folder, or folder of TIFF files.
    axes : str, optional
        One letter for each axis of the array as stored, in place of what the file says: ``xzy`` where the second is the
        rotation axis z. For axes besides space, c and t.
    dataset : str, optional
        Which of several volumes: the path of a dataset in HDF5, an array of an archive, an image or array of a Zarr
        group, the number of an image in a TIFF; and which channel or time, such as ``c=1``.

    Returns
    -------
    {"scan", "volume", "labels"}
        Integers from 0 to 4 in three axes, or in the two of a single slice, are labels, unless the file says that it is
        a volume.

    Raises
    ------
    InputError
        None of them: the text says why.
    """
    path = Path(path)
    with named(path):
        if holds_scan(path):
            refuse_choice_of_scan(path, axes, dataset)
            return "scan"
        return grid_kind(open_grid(path, Choice.of(axes, dataset)))


def open_scan(path: str | Path, pixel_size_um: float | None = None, lazy: bool | None = None) -> Scan:
    """Open a raw scan.

    Parameters
    ----------
    path : path
        NXtomo, a fly scan of Diamond I23 or Data Exchange in HDF5, a folder of TIFF files with a file of angles, or a
        NumPy archive of ``raw``, ``flat``, ``dark`` and ``angles_deg``.
    pixel_size_um : float, optional
        Pixel size at the sample, µm, in place of what the file says.
    lazy : bool, optional
        Leave the frames in the file until they are asked for; by default where the projections have more than a
        gigabyte. Those of an archive are always read.

    Raises
    ------
    InputError
        Not a raw scan, its image data is absent, or it is not complete.
    """
    path = Path(path)
    with named(path):
        scan = _settled(read_scan(path), lazy)
        if pixel_size_um is None:
            return scan
        provenance = scan.provenance.then("open", pixel_size_um=pixel_size_um, pixel_size_from="the user")
        return replace(scan, pixel_size_um=pixel_size_um, provenance=provenance)


def open_volume(
    path: str | Path,
    voxel_size_um: float | ArrayLike | None = None,
    *,
    axes: str | None = None,
    dataset: str | None = None,
) -> Volume:
    """Open a reconstructed volume, or a single slice of one as a volume one voxel thick along z.

    Parameters
    ----------
    path : path
        TIFF stack or folder of slices, OME-Zarr, HDF5 with a 3-D dataset, or ``.npy`` with or without sidecar; or any
        of them with one image in place of a stack.
    voxel_size_um : float or (float, float, float), optional
        Voxel size along (z, y, x), µm, in place of what the file says. Without either it is unknown.
    axes, dataset : str, optional
        As for :func:`kind_of`.

    Returns
    -------
    Volume
        Greys as float32; its provenance begins with the hash of the file and keeps the steps that the file records.

    Raises
    ------
    InputError
        Not a volume, NaN, or other axes than three or two.
    """
    path = Path(path)
    with named(path):
        choice = Choice.of(axes, dataset)
        grid = open_grid(path, choice)
        if grid.record.get("kind") == "labels":
            raise InputError(f"{path.name} holds labels, not greys; open the volume that they were made from.")
        size = voxel_size_of(grid, voxel_size_um)
        return Volume(grid.data, size, _quantity(grid), _provenance(path, grid, voxel_size_um, choice))


def open_labels(
    path: str | Path,
    voxel_size_um: float | ArrayLike | None = None,
    *,
    axes: str | None = None,
    dataset: str | None = None,
) -> Labels:
    """Open labels: integers 0 to 4 on a grid (z, y, x), or (y, x) for a single slice.

    Numbers with decimals are taken too where all of them are whole and 0 to 4, as programs that only write float32 make
    them.

    Parameters
    ----------
    path : path
        As for :func:`open_volume`.
    voxel_size_um : float or (float, float, float), optional
        Voxel size along (z, y, x), µm, in place of what the file says. Without either it is unknown.
    axes, dataset : str, optional
        As for :func:`kind_of`.

    Raises
    ------
    InputError
        Not labels, or other axes than three or two.
    """
    path = Path(path)
    with named(path):
        choice = Choice.of(axes, dataset)
        grid = open_grid(path, choice)
        if grid.record.get("kind") == "volume":
            raise InputError(f"{path.name} holds greys, not labels; segment it first.")
        grid = with_whole_codes(grid)
        size = voxel_size_of(grid, voxel_size_um)
        return Labels(grid.data, size, _provenance(path, grid, voxel_size_um, choice))


def open_file(
    path: str | Path,
    voxel_size_um: float | ArrayLike | None = None,
    *,
    axes: str | None = None,
    dataset: str | None = None,
) -> Scan | Volume | Labels:
    """Open whatever a file holds, read once.

    Parameters
    ----------
    path : path
        As for :func:`kind_of`.
    voxel_size_um : float or (float, float, float), optional
        As for :func:`open_volume`; for a scan one number, its pixel size.
    axes, dataset : str, optional
        As for :func:`kind_of`; a scan has neither.

    Returns
    -------
    Scan, Volume or Labels
        What the file holds, as :func:`kind_of` tells.

    Raises
    ------
    InputError
        None of them, or not usable: the text says why.
    """
    path = Path(path)
    with named(path):
        if holds_scan(path):
            refuse_choice_of_scan(path, axes, dataset)
            return open_scan(path, None if voxel_size_um is None else checked_voxel_size(voxel_size_um)[0])
        choice = Choice.of(axes, dataset)
        grid = open_grid(path, choice).loaded()
        kind = grid_kind(grid)
        if kind == "labels":
            grid = with_whole_codes(grid)
        size = voxel_size_of(grid, voxel_size_um)
        provenance = _provenance(path, grid, voxel_size_um, choice)
        if kind == "labels":
            return Labels(grid.data, size, provenance)
        return Volume(grid.data, size, _quantity(grid), provenance)


def recognises(path: str | Path) -> bool:
    """Whether a file or folder looks like a scan, a volume or labels, from its header alone.

    A grey image counts as a single slice, and a damaged file of one of our formats so that opening it says what is
    wrong. False for colours and films, and for folders of TIFF files without angles, flats or darks, which other
    readers serve better.
    """
    path = Path(path)
    format_ = None
    try:
        format_ = format_of(path)
        if format_ is Format.TIFF:
            from .tiff.tiff import has_grey_slices

            return has_grey_slices(path)
        if format_ is Format.NPY:
            from .numpy.npy import has_slices

            return has_slices(path)
        if format_ is Format.ZARR:
            from .ome_zarr.reading import is_volume

            return is_volume(path)
        if holds_scan(path):
            return True
        if format_ in (Format.NPZ, Format.TIFF_FOLDER):
            return False
        from .hdf5.volume import has_volume

        return has_volume(path)
    except InputError:
        # Of a folder only what looks like a scan or an image is ours.
        return not path.is_dir() or format_ is not None


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name before an error that does not say it, and tell what no reader has foreseen as damage."""
    try:
        # What is not finite, or too large for a float, is told in the error, or not worth telling.
        with np.errstate(all="ignore"):
            yield
    except InputError as error:
        text = str(error)
        if path.name in text and text == one_line(text):
            raise
        raise error.reworded(one_line(text if path.name in text else f"{path.name}: {text}")) from error
    except Exception as error:
        if isinstance(error, CrystalSegError):
            raise
        if lacks_memory(error):
            raise InputError(
                f"The memory of this machine is not enough to open {path.name} ({brief(error)}); crop or bin it first."
            ) from error
        if isinstance(error, OSError):
            raise InputError(f"{path.name} cannot be read ({error.strerror or brief(error)}).") from error
        raise InputError(
            f"{path.name} is damaged, or holds entries of another kind than it should ({type(error).__name__}: "
            f"{brief(error)})."
        ) from error


def _settled(scan: Scan, lazy: bool | None) -> Scan:
    """Read what is not to stay in the file."""
    stays = scan.projections.nbytes > LARGEST_READ_BYTES if lazy is None else lazy
    if stays:
        return scan
    projections, flats, darks = (np.asarray(frames) for frames in (scan.projections, scan.flats, scan.darks))
    return replace(scan, projections=projections, flats=flats, darks=darks)


def with_whole_codes(grid: Grid) -> Grid:
    """Return labels that are stored with decimals as integers, said under what was assumed, where all are codes."""
    if not np.issubdtype(grid.dtype, np.floating):
        return grid
    # NaN is no code, and is not less or equal to anything.
    for slab in grid.slabs():
        if not (((slab >= 0) & (slab <= max(Material))).all() and (slab == np.rint(slab)).all()):
            raise InputError(
                f"Labels must be integers (uint8) from 0 to {max(Material)}; these are {grid.dtype} with other values "
                "than whole numbers from 0 to 4. Are they greys, or probabilities?"
            )
    read = grid.read
    said = f"labels: whole numbers from 0 to {max(Material)}, stored as {grid.dtype}"
    return replace(
        grid,
        dtype=np.dtype(np.uint8),
        read=lambda first, last: read(first, last).astype(np.uint8),
        assumed=(*grid.assumed, said),
    )


def _quantity(grid: Grid) -> Quantity:
    recorded = grid.record.get("quantity")
    known = {str(quantity): quantity for quantity in Quantity}
    return known.get(recorded, Quantity.ARBITRARY) if isinstance(recorded, str) else Quantity.ARBITRARY


def refuse_choice_of_scan(path: Path, axes: str | None, dataset: str | None) -> None:
    """Refuse axes and datasets for a raw scan, whose layout tells both."""
    for option, value in (("--axes", axes), ("--dataset", dataset)):
        if value is not None:
            raise InputError(f"{path.name} is a raw scan, for which {option} means nothing; leave it out.")


def voxel_size_of(grid: Grid, given: float | ArrayLike | None = None) -> tuple[float, float, float] | None:
    """Voxel size (z, y, x) that the user gives, else that the file states; None where neither does.

    Raises
    ------
    InputError
        The file states one that cannot be used, and none is given.
    """
    if given is not None:
        return checked_voxel_size(given)
    return grid.scale.required_to_be_sound().sizes_um


def assumptions_of(grid: Grid, given: float | ArrayLike | None = None) -> tuple[str, ...]:
    """What had to be assumed of a grid, with the voxel size that the user gives."""
    if given is None:
        return grid.assumptions
    said = list(grid.assumed)
    if grid.is_single_slice and np.ndim(given) == 0:
        # One number is the size of a pixel, which says nothing of how thick the slice is.
        said.append(THICKNESS)
    if grid.scale.problem is not None:
        said.append(f"not used: {grid.scale.problem.rstrip('.')}")
    return tuple(said)


def _provenance(path: Path, grid: Grid, given: float | ArrayLike | None, choice: Choice) -> Provenance:
    provenance = provenance_of(path, grid.record, *grid.sources)
    stated: dict[str, Any] = dict(choice.to_dict())
    if given is not None:
        stated |= {"voxel_size_um": list(checked_voxel_size(given)), "voxel_size_from": "the user"}
    if assumed := assumptions_of(grid, given):
        stated["assumed"] = "; ".join(assumed)
    return provenance.then("open", **stated) if stated else provenance
