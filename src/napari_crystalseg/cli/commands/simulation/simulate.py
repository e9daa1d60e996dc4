"""crystalseg simulate"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...console import shown_progress
from ...options import Priors, Scheduler, Workers


def command(
    out_dir: Annotated[Path, typer.Argument(help="Folder for case_0000, case_0001, …")],
    n: Annotated[int, typer.Option("--n", min=1, help="Number of cases.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")],
    size: Annotated[
        int | None,
        typer.Option("--size", min=32, help="Voxels along each side of a case; 128, or 96 with --labels-only."),
    ] = None,
    angles: Annotated[
        int | None, typer.Option("--angles", min=2, help="Projections over 180°; drawn by default.")
    ] = None,
    habit: Annotated[
        str | None, typer.Option("--habit", help="Crystal habit, e.g. thaumatin; drawn by default.")
    ] = None,
    first: Annotated[int, typer.Option("--first", min=0, help="Number of the first case, to go on with a series.")] = 0,
    varied: Annotated[
        bool, typer.Option("--varied", help="Cases to train on: wider priors, more volumes each.")
    ] = False,
    propagation: Annotated[
        str | None,
        typer.Option("--propagation", help="auto, absorption (no fringes) or multislice; drawn by default."),
    ] = None,
    slices: Annotated[int | None, typer.Option("--slices", min=1, help="Number of slices; chosen by default.")] = None,
    liquor: Annotated[
        str | None,
        typer.Option(
            "--liquor",
            help="Shape of the liquor: draped, capillary (at rest) or blender; by default as in the priors.",
        ),
    ] = None,
    partial_volumes: Annotated[
        bool,
        typer.Option("--partial-volumes", help="Scan the shares of the materials in each voxel, not labels."),
    ] = False,
    labels_only: Annotated[
        bool,
        typer.Option("--labels-only", help="True labels without scans, packed: thousands to train a network on."),
    ] = False,
    priors: Priors = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
) -> None:
    """Simulate cases: a raw scan, its volume and the true labels."""
    from ....errors import InputError
    from ....simulation.priors import find_priors
    from ....simulation.requests.case_request import CaseRequest
    from ....simulation.requests.label_map_request import LabelMapRequest
    from ....simulation.series.label_series import simulate_labels
    from ....simulation.simulate import simulate

    of_samples: dict[str, Any] = {
        "habit": habit,
        "liquor": liquor,
        "priors": None if priors is None else find_priors(priors),
        **({} if size is None else {"size": size}),
    }
    of_scans: dict[str, Any] = {
        "angles": angles,
        "varied": varied,
        "propagation": propagation,
        "slices": slices,
        "partial_volumes": partial_volumes,
    }
    if labels_only and (given := [name for name, value in of_scans.items() if value]):
        named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise InputError(f"With --labels-only nothing is scanned, so {named} would have no effect; leave it out.")
    of_run: dict[str, Any] = {"first": first, "scheduler": scheduler, "workers": workers}
    with shown_progress() as progress:
        if labels_only:
            maps = LabelMapRequest(seed, **of_samples)
            folders = simulate_labels(out_dir, n, maps, **of_run, progress=progress)
        else:
            cases = CaseRequest(seed, **of_samples, **of_scans)
            folders = simulate(out_dir, n, cases, **of_run, progress=progress)
    for folder in folders:
        print(folder)
