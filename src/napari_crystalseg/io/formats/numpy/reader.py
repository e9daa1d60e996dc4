"""NumPy's files: an array, and an archive of several."""

from __future__ import annotations

from pathlib import Path

from ....scan import Scan
from ...grids.choice import Choice
from ...grids.grid import Grid
from ..reader import Reader


class NpyReader(Reader):
    """A volume or labels in a ``.npy`` file."""

    format = "NumPy array"
    suffixes = (".npy",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"\x93NUMPY")

    def has_grid(self, path: Path) -> bool:
        from .npy import has_slices

        return has_slices(path)

    def read_grid(self, path: Path, choice: Choice) -> Grid:
        from .npy import read_npy

        return read_npy(path, choice)


class NpzReader(Reader):
    """A raw scan, a volume or labels in a ``.npz`` archive."""

    format = "NumPy archive"
    suffixes = (".npz",)

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))

    def scan_layout(self, path: Path) -> str | None:
        from .npz_scan import is_scan

        return self.format if is_scan(path) else None

    def read_scan(self, path: Path) -> Scan:
        from .npz_scan import read_npz

        return read_npz(path)

    def has_grid(self, path: Path) -> bool:
        """False: an archive may be anything, and its arrays are read to tell."""
        return False

    def read_grid(self, path: Path, choice: Choice) -> Grid:
        from .npz_volume import read_npz_volume

        return read_npz_volume(path, choice)
