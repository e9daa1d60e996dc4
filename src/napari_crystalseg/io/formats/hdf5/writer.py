"""Volumes and labels in HDF5."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..writer import Writer


class Hdf5Writer(Writer):
    """NeXus data, compressed."""

    suffixes = (".h5", ".hdf5", ".nxs", ".nx")

    def write_grid(
        self,
        data: NDArray[Any],
        voxel_size_um: tuple[float, float, float] | None,
        record: Mapping[str, Any],
        path: Path,
    ) -> None:
        from .volume_writing import write_hdf5_volume

        write_hdf5_volume(data, voxel_size_um, record, path)
