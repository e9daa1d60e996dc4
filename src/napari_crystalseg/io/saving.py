"""Save a noun to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import InputError
from ..labels import Labels
from ..scan import Scan
from ..volume import Volume

_TIFF = (".tif", ".tiff")
_HDF5 = (".h5", ".hdf5", ".nxs", ".nx")
_ZARR = ".zarr"
_NPY = ".npy"


def save_volume(volume: Volume, path: str | Path) -> None:
    """Save a volume as float32 with scale, quantity and provenance. Same volume, same bytes.

    Parameters
    ----------
    volume : Volume
        Greys.
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
    if path.suffix.lower() not in _HDF5:
        raise InputError(f"A raw scan is saved as .h5 or .nxs, not as '{path.suffix}' ({path.name}).")
    from .hdf5.nxtomo_writing import write_nxtomo

    write_nxtomo(scan, path, centre_field)


def check_suffix(path: str | Path) -> None:
    """Refuse a name under which neither a volume nor labels are saved.

    Raises
    ------
    InputError
        A suffix that is not written.
    """
    path = Path(path)
    if path.suffix.lower() not in (*_TIFF, *_HDF5, _ZARR, _NPY):
        raise InputError(f"Save as .tif, .zarr, .h5 or .npy, not as '{path.suffix}' ({path.name}).")


def _save(noun: Volume | Labels, record: dict[str, Any], path: Path) -> None:
    check_suffix(path)
    suffix = path.suffix.lower()
    if suffix == _NPY:
        from .numpy.npy import write_npy

        write_npy(noun.data, record, path)
    elif suffix == _ZARR:
        from .ome_zarr.writing import write_ome_zarr

        write_ome_zarr(noun.data, noun.voxel_size_um, record, path)
    elif suffix in _HDF5:
        from .hdf5.volume import write_hdf5_volume

        write_hdf5_volume(noun.data, noun.voxel_size_um, record, path)
    else:
        from .tiff.tiff import write_tiff

        write_tiff(noun.data, noun.voxel_size_um, record, path)
