"""NumPy's arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..writer import Writer


class NpyWriter(Writer):
    """An array, with its scale and provenance in a sidecar."""

    suffixes = (".npy",)

    def write_grid(
        self,
        data: NDArray[Any],
        voxel_size_um: tuple[float, float, float] | None,
        record: Mapping[str, Any],
        path: Path,
    ) -> None:
        from .npy import write_npy

        write_npy(data, record, path)

    def places(self, path: Path) -> list[Path]:
        """The array and its sidecar."""
        from .npy import sidecar_of

        return [path, sidecar_of(path)]

    def check_beside(self, path: Path) -> None:
        """Refuse to write the sidecar over another file."""
        from .npy import check_sidecar

        check_sidecar(path)
