"""What the box of a raw scan asks of the worker process: a volume, in memory or in a file; without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....progress import Progress, part, silent
from ....provenance import Provenance
from ....scan import Scan
from ....volume import Quantity, Volume
from .shown_values import display_range, distinct_limits, sampled_values

if TYPE_CHECKING:
    from ....tomography import Recipe


@dataclass(frozen=True, eq=False)
class StoredVolume:
    """A volume that stays in its file.

    Parameters
    ----------
    path : str
        ``.npy`` file of float32 (z, y, x).
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; None where it is not known.
    quantity : Quantity
        What the voxel values mean.
    provenance : Provenance
        How it was made.
    contrast : (float, float)
        Voxel values to show as black and white.
    """

    path: str
    voxel_size_um: tuple[float, float, float] | None
    quantity: Quantity
    provenance: Provenance
    contrast: tuple[float, float]

    @property
    def data(self) -> NDArray[np.float32]:
        """The voxel values, mapped from the file."""
        return np.load(self.path, mmap_mode="r")  # type: ignore[no-any-return]


def reconstruct_scan(
    scan: Scan, recipe: Recipe, liquor: bool = False, path: str | None = None, progress: Progress = silent
) -> Volume | StoredVolume:
    """Reconstruct a scan into memory or into a file.

    Parameters
    ----------
    scan : Scan
        The raw scan.
    recipe : Recipe
        What is to be done.
    liquor : bool
        Retrieve the phase with the δ/β of liquor at the scan's energy.
    path : str or None
        ``.npy`` file to write, slab by slab, which an earlier run may have begun; None for memory.
    progress : Progress
        Told how far it is.
    """
    from .... import tomography

    if liquor:
        from ....workflows.phase import with_phase_of_liquor

        recipe = with_phase_of_liquor(recipe, scan)
    if path is None:
        return tomography.reconstruct(scan, recipe, progress)
    on_disk = tomography.reconstructed_on_disk(path, scan, recipe, part(progress, 0.0, 0.98))
    with on_disk as volume:
        progress(0.98, "writing its record")
        _finish(path, volume)
        return StoredVolume(
            path,
            volume.voxel_size_um,
            volume.quantity,
            volume.provenance,
            distinct_limits(*display_range(sampled_values(volume.data))),
        )


def _finish(path: str, volume: Volume) -> None:
    """Give the file the record that it is opened by, and end its journal: from now on it is the user's."""
    from ....io import save_json

    save_json({"kind": "volume", **volume.to_dict()}, f"{path}.json")
    Path(f"{path}.journal").unlink(missing_ok=True)
