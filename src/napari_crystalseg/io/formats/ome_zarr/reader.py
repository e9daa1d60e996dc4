"""Zarr stores: OME-Zarr images, and plain arrays."""

from __future__ import annotations

from pathlib import Path

from ...grids.choice import Choice
from ...grids.grid import Grid
from ..reader import Reader
from .metadata import ZARR_METADATA


class ZarrReader(Reader):
    """A volume or labels in a Zarr store that is a folder."""

    format = "Zarr"
    suffixes = (".zarr",)
    is_folder = True

    def recognises(self, path: Path, head: bytes) -> bool:
        return any((path / name).is_file() for name in ZARR_METADATA)

    def has_grid(self, path: Path) -> bool:
        from .image import is_volume

        return is_volume(path)

    def read_grid(self, path: Path, choice: Choice) -> Grid:
        from .image import read_ome_zarr

        return read_ome_zarr(path, choice)

    def files_beside(self, path: Path) -> list[str]:
        """None: what is not read of a store it says itself."""
        return []
