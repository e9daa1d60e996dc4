"""Save a noun to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Labels
from ..scan import Scan
from ..uncertainty import MEANING, checked_uncertainty
from ..volume import Quantity, Volume
from .formats.hdf5.writer import Hdf5Writer
from .formats.writers import required_writer


def save_volume(volume: Volume, path: str | Path) -> None:
    """Save a volume as float32 with scale, quantity and provenance. Same volume, same bytes.

    Parameters
    ----------
    volume : Volume
        Voxel values.
    path : path
        ``.tif`` or ``.tiff`` (ImageJ; OME in a BigTIFF above 2 GB), ``.zarr`` (OME-Zarr 0.5, a folder with coarser
        levels), ``.h5``, ``.hdf5`` or ``.nxs`` (NeXus data, compressed), or ``.npy`` with the sidecar ``.npy.json``.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    _save(volume, {"kind": "volume", **volume.to_dict()}, Path(path))


def save_labels(labels: Labels, path: str | Path) -> None:
    """Save labels as uint8 with scale and provenance. Same labels, same bytes.

    Parameters
    ----------
    labels : Labels
        Codes of :class:`~napari_crystalseg.labels.Material`.
    path : path
        ``.tif`` or ``.tiff`` (ImageJ; OME in a BigTIFF above 2 GB), ``.zarr`` (OME-Zarr 0.5, a folder with coarser
        levels), ``.h5``, ``.hdf5`` or ``.nxs`` (NeXus data, compressed), or ``.npy`` with the sidecar ``.npy.json``.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    _save(labels, {"kind": "labels", **labels.to_dict()}, Path(path))


def save_uncertainty(uncertainty: NDArray[np.uint8], labels: Labels, path: str | Path) -> None:
    """Save how unsure a network was of its labels, as uint8 with scale and provenance of the labels.

    Parameters
    ----------
    uncertainty : ndarray of uint8, shape (z, y, x)
        255 times the probability that the label is wrong.
    labels : Labels
        The labels.
    path : path
        As for :func:`save_volume`.

    Raises
    ------
    InputError
        Another suffix, another shape than that of the labels, or the place cannot be written.
    """
    data = checked_uncertainty(uncertainty, labels.shape)
    record = {"kind": "volume", **labels.to_dict(), "quantity": str(Quantity.ARBITRARY), "values": MEANING}
    required_writer(path).write_grid(data, labels.voxel_size_um, record, Path(path))


def save_scan(scan: Scan, path: str | Path, centre_field: bool = True) -> None:
    """Save a raw scan as NXtomo. Same scan, same bytes.

    Parameters
    ----------
    scan : Scan
        Raw scan.
    path : path
        ``.h5``, ``.hdf5`` or ``.nxs``.
    centre_field : bool
        Write the rotation axis as ``x_rotation_axis_pixel_position``, too, where other programs look for it. Without it
        the bytes are those of earlier versions, which simulated cases keep.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in Hdf5Writer.suffixes:
        raise InputError(f"A raw scan is saved as .h5 or .nxs, not as '{path.suffix}' ({path.name}).")
    from .formats.hdf5.scans.nxtomo_writing import write_nxtomo

    write_nxtomo(scan, path, centre_field)


def check_suffix(path: str | Path) -> None:
    """Refuse a name under which neither a volume nor labels are saved.

    Raises
    ------
    InputError
        A suffix that is not written.
    """
    required_writer(path)


def _save(noun: Volume | Labels, record: dict[str, Any], path: Path) -> None:
    required_writer(path).write_grid(noun.data, noun.voxel_size_um, record, path)
