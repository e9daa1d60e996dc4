"""OME-Zarr images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ...files.atomic import check_place
from ..writer import Writer


class ZarrWriter(Writer):
    """OME-Zarr 0.5, a folder with coarser levels."""

    suffixes = (".zarr",)

    def write_grid(
        self,
        data: NDArray[Any],
        voxel_size_um: tuple[float, float, float] | None,
        record: Mapping[str, Any],
        path: Path,
    ) -> None:
        from .image_writing import write_ome_zarr

        write_ome_zarr(data, voxel_size_um, record, path)

    def check_place(self, path: Path) -> None:
        """Refuse a folder that this package did not write, too."""
        from .image import is_ours

        check_place(path, is_ours)
