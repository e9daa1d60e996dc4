"""HDF5: raw scans of several layouts, volumes and labels."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ....errors import InputError
from ....scan import Scan
from ...grids.choice import Choice
from ...grids.grid import Grid
from ..reader import Reader

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class Hdf5Reader(Reader):
    """A raw scan, a volume or labels in an HDF5 file."""

    format = "HDF5"
    suffixes = (".h5", ".hdf5", ".nxs", ".nx")

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(_SIGNATURE) or _begins_behind_other_bytes(path)

    def scan_layout(self, path: Path) -> str | None:
        from .scans.layouts import scan_layout_of

        layout = scan_layout_of(path)
        return None if layout is None else layout.name

    def read_scan(self, path: Path) -> Scan:
        from .scans.layouts import scan_layout_of

        layout = scan_layout_of(path)
        if layout is None:
            raise InputError(
                f"{path.name} holds no raw scan: neither an NXtomo entry, a fly scan nor a Data Exchange group is in "
                "it."
            )
        return layout.read(path)

    def has_grid(self, path: Path) -> bool:
        from .volume_choice import has_volume

        return has_volume(path)

    def read_grid(self, path: Path, choice: Choice) -> Grid:
        from .volume import read_hdf5_volume

        return read_hdf5_volume(path, choice)

    def refers_to(self, path: Path) -> Iterable[Path]:
        """Files behind links and virtual datasets."""
        from .file import open_hdf5
        from .linked_files import files_linked_from

        with open_hdf5(path) as file:
            return files_linked_from(file)


def _begins_behind_other_bytes(path: Path) -> bool:
    """Whether HDF5 begins behind a block of the user's, of 512 bytes or a double of it, as MATLAB writes one."""
    with path.open("rb") as stream:
        for offset in (512, 1024, 2048, 4096, 8192):
            stream.seek(offset)
            if stream.read(len(_SIGNATURE)) == _SIGNATURE:
                return True
    return False
