"""crystalseg absorb"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .console import shown_progress
from .options import ExperimentFile, MuOther, ReflectionFile, VoxelSize, check_outputs

DIRECTIONS = 500


def command(
    labels: Annotated[Path, typer.Argument(help="Labels: .tif, .npy or HDF5.")],
    out: Annotated[Path, typer.Argument(help="JSON file to write.")],
    mu_crystal: Annotated[float, typer.Option("--mu-crystal", help="Attenuation of the crystal, 1/µm.")],
    mu_liquor: Annotated[float, typer.Option("--mu-liquor", help="Attenuation of the liquor, 1/µm.")],
    mu_loop: Annotated[float, typer.Option("--mu-loop", help="Attenuation of the loop, 1/µm.")],
    mu_other: MuOther = 0.0,
    experiment: ExperimentFile = None,
    reflections: ReflectionFile = None,
    sphere: Annotated[
        int | None,
        typer.Option("--sphere", help=f"Directions over the sphere, instead of reflections ({DIRECTIONS} by default)."),
    ] = None,
    voxel_size_um: VoxelSize = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Largest relative standard error of A; 0: every voxel.")
    ] = 1e-3,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the sampling.")] = 0,
) -> None:
    """Compute absorption factors A of reflections, or of directions over the sphere."""
    from ..absorption import Coefficients, absorb, read_experiment, read_reflections
    from ..io import open_labels, save_json

    if (experiment is None) != (reflections is None):
        raise InputError("Give --experiment and --reflections together: one without the other says no directions.")
    if experiment is not None and sphere is not None:
        raise InputError("Give either --sphere or --experiment and --reflections, not both.")
    check_outputs([out], [labels, experiment, reflections])
    coefficients = Coefficients(liquor=mu_liquor, loop=mu_loop, crystal=mu_crystal, other=mu_other)
    materials = open_labels(labels, voxel_size_um=voxel_size_um)
    with shown_progress() as progress:
        factors = absorb(
            materials,
            coefficients,
            experiment=None if experiment is None else read_experiment(experiment),
            reflections=None if reflections is None else read_reflections(reflections),
            sphere=(DIRECTIONS if sphere is None else sphere) if experiment is None else None,
            tolerance=tolerance,
            seed=seed,
            progress=progress,
        )
    save_json(factors.to_dict(), out)
    import numpy as np

    used = factors.absorption[~np.isnan(factors.absorption)]
    spread = f", A from {used.min():.4f} to {used.max():.4f}, mean {used.mean():.4f}" if used.size else ""
    print(f"{out}: {len(factors)} factors{spread}")
