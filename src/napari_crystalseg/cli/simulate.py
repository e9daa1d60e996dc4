"""crystalseg simulate"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import shown_progress


def command(
    out_dir: Annotated[Path, typer.Argument(help="Folder for case_0000, case_0001, …")],
    n: Annotated[int, typer.Option("--n", min=1, help="Number of cases.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")],
    size: Annotated[int, typer.Option("--size", min=16, help="Voxels along each side of a case.")] = 128,
) -> None:
    """Simulate cases: a raw scan, its volume and the true labels."""
    from ..workflows.simulate import simulate

    with shown_progress() as progress:
        folders = simulate(out_dir, n, seed, size=size, progress=progress)
    for folder in folders:
        print(folder)
