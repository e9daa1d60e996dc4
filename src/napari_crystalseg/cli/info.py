"""crystalseg info"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Axes, Dataset, VoxelSize


def command(
    path: Annotated[Path, typer.Argument(help="Raw scan, volume or labels: a file, or a folder of TIFF or Zarr.")],
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
) -> None:
    """Tell what a file holds and how large it is, what of it is assumed, and what is wrong with it."""
    from ..io import describe

    for line in describe(path, voxel_size_um, axes=axes, dataset=dataset).lines:
        print(line)
