"""Open a file as the noun that it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import checked_finite, checked_voxel_size
from ..errors import InputError
from ..labels import Labels
from ..provenance import Provenance
from ..scan import Scan
from ..uncertainty import uncertainty_of_numbers
from ..volume import Quantity, Volume
from .files.unforeseen import named
from .formats.readers import open_grid, reader_of
from .grids.choice import Choice
from .grids.codes import grid_kind, with_whole_codes
from .grids.grid import Grid, provenance_of
from .grids.voxel_size import assumptions_of, voxel_size_of

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
        if reader_of(path).scan_layout(path) is not None:
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

    Returns
    -------
    Scan
        Its frames as they were counted, (frame, row, column); its angles in degrees.

    Raises
    ------
    InputError
        Not a raw scan, its image data is absent, or it is not complete.
    """
    path = Path(path)
    with named(path):
        scan = _loaded_unless_lazy(reader_of(path).read_scan(path), lazy)
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
        Voxel values as float32; its provenance begins with the hash of the file and keeps the steps that the file
        records.

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
            raise InputError(f"{path.name} holds labels, not voxel values; open the volume that they were made from.")
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

    Returns
    -------
    Labels
        On a grid (z, y, x), with the voxel size in µm where it is known.

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
            raise InputError(f"{path.name} holds voxel values, not labels; segment it first.")
        grid = with_whole_codes(grid)
        size = voxel_size_of(grid, voxel_size_um)
        return Labels(grid.data, size, _provenance(path, grid, voxel_size_um, choice))


def open_codes(path: str | Path, *, axes: str | None = None, dataset: str | None = None) -> NDArray[np.integer]:
    """Open whole numbers of any size on a grid, such as strokes, which are labels with a code for "untouched".

    Parameters
    ----------
    path : path
        As for :func:`open_volume`.
    axes, dataset : str, optional
        As for :func:`kind_of`.

    Returns
    -------
    ndarray of int, shape (z, y, x)

    Raises
    ------
    InputError
        No grid of three or two axes, or numbers with decimals.
    """
    path = Path(path)
    with named(path):
        data = open_grid(path, Choice.of(axes, dataset)).data
        if np.issubdtype(data.dtype, np.floating) and np.isfinite(data).all() and (data == np.rint(data)).all():
            data = data.astype(np.int64)
        if data.dtype == bool or not np.issubdtype(data.dtype, np.integer):
            raise InputError(f"{path.name} holds {data.dtype}, not whole numbers; save it as uint8.")
        return data


def open_uncertainty(path: str | Path, *, axes: str | None = None, dataset: str | None = None) -> NDArray[np.uint8]:
    """Open how unsure a network was of its labels.

    Parameters
    ----------
    path : path
        As for :func:`open_volume`; what :func:`.save_uncertainty` wrote, or the entropy of earlier versions, 0 to 1.
    axes, dataset : str, optional
        As for :func:`kind_of`.

    Returns
    -------
    ndarray of uint8, shape (z, y, x)
        255 times the probability that the label is wrong.

    Raises
    ------
    InputError
        No grid of three or two axes, NaN, or numbers that are no uncertainty.
    """
    path = Path(path)
    with named(path):
        data = open_grid(path, Choice.of(axes, dataset)).data
        checked_finite(data, "The uncertainty")
        return uncertainty_of_numbers(data)


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
        if reader_of(path).scan_layout(path) is not None:
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
    try:
        reader = reader_of(path)
    except InputError:
        # A folder without anything that we read is not ours.
        return not path.is_dir()
    try:
        return reader.scan_layout(path) is not None or reader.has_grid(path)
    except InputError:
        return True


def _loaded_unless_lazy(scan: Scan, lazy: bool | None) -> Scan:
    """Read what is not to stay in the file."""
    stays = scan.projections.nbytes > LARGEST_READ_BYTES if lazy is None else lazy
    if stays:
        return scan
    projections, flats, darks = (np.asarray(frames) for frames in (scan.projections, scan.flats, scan.darks))
    return replace(scan, projections=projections, flats=flats, darks=darks)


def _quantity(grid: Grid) -> Quantity:
    recorded = grid.record.get("quantity")
    known = {str(quantity): quantity for quantity in Quantity}
    return known.get(recorded, Quantity.ARBITRARY) if isinstance(recorded, str) else Quantity.ARBITRARY


def refuse_choice_of_scan(path: Path, axes: str | None, dataset: str | None) -> None:
    """Refuse axes and datasets for a raw scan, whose layout tells both."""
    for option, value in (("--axes", axes), ("--dataset", dataset)):
        if value is not None:
            raise InputError(f"{path.name} is a raw scan, for which {option} means nothing; leave it out.")


def _provenance(path: Path, grid: Grid, given: float | ArrayLike | None, choice: Choice) -> Provenance:
    provenance = provenance_of(path, grid.record, *grid.sources)
    stated: dict[str, Any] = dict(choice.to_dict())
    if given is not None:
        stated |= {"voxel_size_um": list(checked_voxel_size(given)), "voxel_size_from": "the user"}
    if assumed := assumptions_of(grid, given):
        stated["assumed"] = "; ".join(assumed)
    return provenance.then("open", **stated) if stated else provenance
