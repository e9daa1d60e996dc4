"""A raw scan in a file or folder, whatever its layout."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from ..scan import Scan
from .contents import Format, format_of


def holds_scan(path: Path) -> bool:
    """Whether a file or folder is a raw scan, complete or not."""
    format_ = format_of(path)
    if format_ is Format.NPZ:
        from .numpy.npz import is_scan

        return is_scan(path)
    if format_ is Format.TIFF_FOLDER:
        from .tiff.folder import is_scan_folder

        return is_scan_folder(path)
    return format_ is Format.HDF5 and scan_layout(path) is not None


def scan_layout(path: Path) -> str | None:
    """Name the layout of the raw scan in an HDF5 file: NXtomo, fly scan or Data Exchange; None where there is none."""
    from .hdf5.data_exchange import is_data_exchange
    from .hdf5.fly_scan import is_fly_scan
    from .hdf5.hdf5 import opened
    from .hdf5.nxtomo import has_image_key, nxtomo_entries

    with opened(path) as file:
        entries = nxtomo_entries(file)
        # GDA's fly scans have an entry that says NXtomo, but at I23 no keys in it.
        if is_fly_scan(file) and not any(has_image_key(entry) for entry in entries):
            return "fly scan"
        if entries:
            return "NXtomo"
        return "Data Exchange" if is_data_exchange(file) else None


def read_scan(path: Path) -> Scan:
    """Read a raw scan, leaving all frames in their file where its format can."""
    format_ = format_of(path)
    if format_ is Format.NPZ:
        from .numpy.npz import read_npz

        return read_npz(path)
    if format_ is Format.TIFF_FOLDER:
        from .tiff.folder import read_scan_folder

        return read_scan_folder(path)
    if format_ is not Format.HDF5:
        raise InputError(
            f"{path.name} is a {format_.value} file, not a raw scan (NXtomo, Data Exchange, a folder of TIFF files, or "
            ".npz with flats and darks); a reconstructed volume can be segmented directly."
        )
    layout = scan_layout(path)
    if layout == "NXtomo":
        from .hdf5.nxtomo import read_nxtomo

        return read_nxtomo(path)
    if layout == "fly scan":
        from .hdf5.fly_scan import read_fly_scan

        return read_fly_scan(path)
    if layout == "Data Exchange":
        from .hdf5.data_exchange import read_data_exchange

        return read_data_exchange(path)
    raise InputError(
        f"{path.name} holds no raw scan: neither an NXtomo entry, a fly scan nor a Data Exchange group is in it."
    )
