"""Save a noun to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import InputError
from ..labels import Labels
from ..scan import Scan
from ..volume import Volume

_TIFF = (".tif", ".tiff")
_NPY = ".npy"


def save_volume(volume: Volume, path: str | Path) -> None:
    """Save a volume as float32 with scale, quantity and provenance. Same volume, same bytes.

    Parameters
    ----------
    volume : Volume
        Greys.
    path : path
        ``.tif`` or ``.tiff`` (ImageJ; OME in a BigTIFF above 2 GB), or ``.npy`` with the sidecar ``.npy.json``.

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
        ``.tif`` or ``.tiff`` (ImageJ; OME in a BigTIFF above 2 GB), or ``.npy`` with the sidecar ``.npy.json``.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    _save(labels, {"kind": "labels", **labels.to_dict()}, Path(path))


def save_scan(scan: Scan, path: str | Path) -> None:
    """Save a raw scan as NXtomo. Same scan, same bytes.

    Parameters
    ----------
    scan : Scan
        Raw scan.
    path : path
        ``.h5``, ``.hdf5`` or ``.nxs``.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in (".h5", ".hdf5", ".nxs", ".nx"):
        raise InputError(f"A raw scan is saved as .h5 or .nxs, not as '{path.suffix}' ({path.name}).")
    from .nxtomo import write_nxtomo

    write_nxtomo(scan, path)


def check_suffix(path: str | Path) -> None:
    """Refuse a name under which neither a volume nor labels are saved.

    Raises
    ------
    InputError
        A suffix that is not written.
    """
    path = Path(path)
    if path.suffix.lower() not in (*_TIFF, _NPY):
        raise InputError(f"Save as .tif or .npy, not as '{path.suffix}' ({path.name}).")


def _save(noun: Volume | Labels, record: dict[str, Any], path: Path) -> None:
    check_suffix(path)
    if path.suffix.lower() == _NPY:
        from .npy import write_npy

        write_npy(noun.data, record, path)
    else:
        from .tiff import write_tiff

        write_tiff(noun.data, noun.voxel_size_um, record, path)
