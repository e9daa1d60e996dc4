"""crystalseg pack-model"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    work: Annotated[Path, typer.Argument(help="Folder of a training, finished or under way.")],
    out_model: Annotated[Path, typer.Argument(help="Model folder to write.")],
    data: Annotated[str, typer.Option("--data", help="What it was trained on, in a sentence.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the model; that of the folder by default.")
    ] = None,
    licence: Annotated[
        str, typer.Option("--licence", help="SPDX identifier of the weights' licence.")
    ] = "BSD-3-Clause",
    voxel_range_um: Annotated[
        tuple[float, float] | None, typer.Option("--voxel-range-um", help="Voxel sizes that the model was made for.")
    ] = None,
    working_sizes: Annotated[
        list[int] | None,
        typer.Option("--working-size", help="Voxels of the working grid; repeat for several that are averaged."),
    ] = None,
) -> None:
    """Pack the last checkpoint of a training as a model folder, in half precision, with its card."""
    from ....segmentation.training.export import export

    made = export(
        work,
        out_model,
        name=name or out_model.name,
        data=data,
        licence=licence,
        voxel_range_um=voxel_range_um,
        working_sizes=working_sizes,
    )
    print(made.path)
