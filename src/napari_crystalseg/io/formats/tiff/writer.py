"""TIFF stacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..writer import Writer


class TiffWriter(Writer):
    """ImageJ; OME in a BigTIFF above two gigabytes."""

    suffixes = (".tif", ".tiff")

    def write_grid(
        self,
        data: NDArray[Any],
        voxel_size_um: tuple[float, float, float] | None,
        record: Mapping[str, Any],
        path: Path,
    ) -> None:
        from .stack_writing import write_tiff

        write_tiff(data, voxel_size_um, record, path)
