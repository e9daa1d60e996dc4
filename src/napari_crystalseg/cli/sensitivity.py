"""crystalseg sensitivity"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .console import shown_progress, tell_assumptions
from .options import (
    Axes,
    CoefficientFile,
    ConvertMu,
    Dataset,
    ExperimentFile,
    ExperimentNumber,
    LabelAxis,
    MuCrystal,
    MuEnergy,
    MuLiquor,
    MuLoop,
    MuOther,
    OffsetDeg,
    ReflectionFile,
    Seed,
    Sphere,
    VoxelSize,
    coefficients_of,
    directions_of,
    needed_coefficients,
)


class Shown(StrEnum):
    """What the volume holds."""

    ABSOLUTE = "absolute"
    MEAN = "mean"
    SPREAD = "spread"
    ERROR = "error"


def command(
    labels: Annotated[Path, typer.Argument(help="Labels: TIFF, OME-Zarr, HDF5 or .npy.")],
    out: Annotated[Path, typer.Argument(help="Volume to write: .tif, .zarr, .h5 or .npy.")],
    mu_crystal: MuCrystal = None,
    mu_liquor: MuLiquor = None,
    mu_loop: MuLoop = None,
    mu_other: MuOther = None,
    mu_energy_kev: MuEnergy = None,
    coefficients: CoefficientFile = None,
    convert_mu: ConvertMu = False,
    experiment: ExperimentFile = None,
    reflections: ReflectionFile = None,
    sphere: Sphere = None,
    of: Annotated[
        Shown,
        typer.Option(
            "--of", help="Absolute change of mean A, the change with its sign, that of the spread, or its error."
        ),
    ] = Shown.ABSOLUTE,
    offset_deg: OffsetDeg = 0.0,
    experiment_number: ExperimentNumber = None,
    axis_0: LabelAxis = None,
    rays: Annotated[int, typer.Option("--rays", min=1, help="Rays to trace; more make less noise.")] = 4_000_000,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    seed: Seed = 0,
) -> None:
    """Compute how much mean A changes if the label of one voxel at a surface flips: a volume of where edits matter."""
    from ..absorption import map_sensitivity
    from ..io import check_outputs, check_suffix, open_labels, save_volume
    from ..volume import Volume
    from ..workflows.coefficient_energy import coefficients_for
    from ..workflows.unit_doubts import unit_doubts

    check_suffix(out)
    check_outputs([out], [labels, experiment, reflections, coefficients])
    mu = needed_coefficients(coefficients_of(mu_crystal, mu_liquor, mu_loop, mu_other, mu_energy_kev, coefficients))
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    directions = directions_of(experiment, reflections, sphere, offset_deg, experiment_number, axis_0)
    mu, said = coefficients_for(mu, directions.energies_kev, convert_mu)
    with shown_progress() as progress:
        found = map_sensitivity(
            materials,
            mu,
            directions,
            rays=rays,
            seed=seed,
            progress=progress,
        )
    data = {
        Shown.ABSOLUTE: lambda: found.absolute_change,
        Shown.MEAN: lambda: found.mean_change,
        Shown.SPREAD: lambda: found.spread_change,
        Shown.ERROR: lambda: found.standard_error,
    }[of]()
    provenance = found.provenance.then("choose", of=of.value)
    save_volume(Volume(data, materials.voxel_size_um, provenance=provenance), out)
    ppm = 1e6 / found.mean if found.mean > 0 else 0.0
    print(
        f"{out}: {len(found.voxels)} voxels at surfaces; mean A {found.mean:.4f}, spread {found.spread:.4f}; "
        f"one flip changes mean A by up to {ppm * float(abs(found.mean_changes).max(initial=0.0)):.3g} ppm"
    )
    for statement in (*said, *unit_doubts(materials, found.mean), *directions.statements):
        print(statement)
