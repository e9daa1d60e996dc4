"""Room on the disk for the results, asked for before the work."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...errors import InputError

# A volume of float32, the labels and their uncertainty, and masks of uint8: the labels again and four classes.
_BYTES_A_VOXEL = 4 + 2 + 5


def check_room(folder: Path, voxels: int) -> None:
    """Refuse, before the work, results for which the disk has no room: voxel values, uncertainty, labels and their
    masks.

    Raises
    ------
    InputError
        It says how much is needed and how much there is.
    """
    from ..export import MASKS

    results = ("volume.tif", "labels.tif", "uncertainty.tif", *(f"masks/{name}" for name in MASKS))
    there = sum((folder / name).stat().st_size for name in results if (folder / name).is_file())
    needed, free = _BYTES_A_VOXEL * voxels, shutil.disk_usage(folder).free
    # A new file takes the place of an older one when it is whole.
    if needed > free + there:
        raise InputError(
            f"The results of {voxels:.3g} voxels take {needed / 1e9:.3g} GB, and the disk of {folder} has "
            f"{free / 1e9:.3g} GB free; make room, or choose another place."
        )
