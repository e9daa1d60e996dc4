"""crystalseg diffraction geometry train"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ....console import shown_progress
from ....options import Seed


def command(
    folder: Annotated[Path, typer.Argument(help="Folder to write: weights of both networks, and their card.")],
    images: Annotated[int, typer.Option("--images", help="Simulated images.")] = 2200,
    epochs: Annotated[int, typer.Option("--epochs", help="How often each is seen.")] = 20,
    depth: Annotated[int, typer.Option("--depth", help="Layers of the residual network: 18 or 34.")] = 18,
    width: Annotated[int, typer.Option("--width", help="Channels of its first stage; 64 is the published one.")] = 16,
    groups: Annotated[bool, typer.Option("--groups", help="Group in place of batch normalisation.")] = False,
    pooled: Annotated[int, typer.Option("--pooled", help="Cells that are averaged first, for speed.")] = 2,
    rate: Annotated[float, typer.Option("--rate", help="Largest learning rate.")] = 0.05,
    held_out: Annotated[int, typer.Option("--held-out", min=8, help="Images to judge the networks on.")] = 100,
    seed: Seed = 0,
) -> None:
    """Train the networks for beam centre and tilt on simulated images, and judge them on others."""
    from .....diffraction.geometry.background_dependence import judged
    from .....diffraction.geometry.networks.training import GeometryTraining, train_geometry
    from .....io import check_folder_of_results
    from .....progress import part

    training = GeometryTraining(
        images=images, epochs=epochs, depth=depth, width=width, groups=groups, pooled=pooled, rate=rate, seed=seed
    )
    check_folder_of_results(folder, [])
    with shown_progress() as progress:
        train_geometry(folder, training, progress=part(progress, 0.0, 0.85))
        report = judged(folder, held_out, classical=False, progress=part(progress, 0.85, 1.0))
    print(report.text(), end="")
