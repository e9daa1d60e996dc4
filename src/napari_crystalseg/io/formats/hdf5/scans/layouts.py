"""The layouts of raw scans in HDF5 that are read, in order of trust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .....scan import Scan
from ..file import open_hdf5
from .data_exchange import is_data_exchange, read_data_exchange
from .fly_scan import is_fly_scan, read_fly_scan
from .nxtomo import has_image_key, nxtomo_entries, read_nxtomo

if TYPE_CHECKING:
    import h5py


@dataclass(frozen=True)
class ScanLayout:
    """A layout of raw scans.

    Parameters
    ----------
    name : str
        For the user.
    is_in : callable
        Whether an open file has it; the images may be absent.
    read : callable
        Reads the scan of a file, and leaves its frames there.
    """

    name: str
    is_in: Callable[[h5py.File], bool]
    read: Callable[[Path], Scan]


def _is_fly_scan_without_keys(file: h5py.File) -> bool:
    # GDA's fly scans have an entry that says NXtomo, but at I23 no keys in it.
    return is_fly_scan(file) and not any(has_image_key(entry) for entry in nxtomo_entries(file))


SCAN_LAYOUTS = (
    ScanLayout("fly scan", _is_fly_scan_without_keys, read_fly_scan),
    ScanLayout("NXtomo", lambda file: bool(nxtomo_entries(file)), read_nxtomo),
    ScanLayout("Data Exchange", is_data_exchange, read_data_exchange),
)
"""The first that is in a file is read. A new layout is a module, and a line here."""


def scan_layout_of(path: Path) -> ScanLayout | None:
    """Layout of the raw scan in a file; None where there is none."""
    with open_hdf5(path) as file:
        return next((layout for layout in SCAN_LAYOUTS if layout.is_in(file)), None)
