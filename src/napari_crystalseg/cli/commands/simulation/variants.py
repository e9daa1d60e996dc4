"""crystalseg variants"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...console import shown_progress, tell_assumptions
from ...options import Axes, Dataset, Priors, Scheduler, VoxelSize, Workers


def command(
    labels: Annotated[Path, typer.Argument(help="Corrected labels, with a crystal.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder for case_0000, case_0001, …")],
    n: Annotated[int, typer.Option("--n", min=1, help="Number of cases.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")],
    size: Annotated[
        int | None,
        typer.Option("--size", min=32, help="Columns across the labels' field; by default one for each finest voxel."),
    ] = None,
    angles: Annotated[
        int | None, typer.Option("--angles", min=2, help="Projections over 180°; drawn by default.")
    ] = None,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first case, to go on with a series.")] = 0,
    varied: Annotated[
        bool, typer.Option("--varied", help="Cases to train on: wider conditions, more volumes each.")
    ] = False,
    priors: Priors = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
) -> None:
    """Simulate variants of corrected labels: other poses, shapes and materials, each with its scan and labels."""
    from ....io import open_labels
    from ....simulation.priors import find_priors
    from ....simulation.requests.variant_request import VariantRequest
    from ....simulation.variants import simulate_variants

    drawn = open_labels(labels, voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(drawn.provenance)
    request = VariantRequest(
        seed, size=size, angles=angles, varied=varied, priors=None if priors is None else find_priors(priors)
    )
    with shown_progress() as progress:
        folders = simulate_variants(
            drawn, out_dir, n, request, first=first, scheduler=scheduler, workers=workers, progress=progress
        )
    for folder in folders:
        print(folder)
