"""crystalseg info"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..options import Axes, Dataset, VoxelSize


def command(
    path: Annotated[Path, typer.Argument(help="Raw scan, volume, labels, diffraction image or micrograph.")],
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
) -> None:
    """Tell what a file holds and how large it is, what of it is assumed, and what the next command will refuse."""
    from ...io import describe
    from ...io.diffraction_images import describe_diffraction_image, is_diffraction_image
    from ...io.drop_images import describe_drop_image, is_photograph
    from ...texts.printable import printable
    from ...workflows.foreseen import foreseen

    if is_diffraction_image(path):
        for line in describe_diffraction_image(path):
            print(printable(line))
        return
    if is_photograph(path):
        for line in describe_drop_image(path):
            print(printable(line))
        return
    found = describe(path, voxel_size_um, axes=axes, dataset=dataset)
    for line in found.lines:
        print(printable(line))
    for line in foreseen(path, found, voxel_size_um, axes=axes, dataset=dataset):
        print(printable(f"! {line}"))
