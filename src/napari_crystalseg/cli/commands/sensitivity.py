"""crystalseg sensitivity"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..console import shown_progress, tell_assumptions
from ..option_groups import GivenCoefficients, GivenExperiment, with_groups
from ..options import Axes, ConvertMu, Dataset, Seed, Sphere, VoxelSize


class Shown(StrEnum):
    """What the volume holds."""

    ABSOLUTE = "absolute"
    MEAN = "mean"
    SPREAD = "spread"
    ERROR = "error"


@with_groups
def command(
    labels: Annotated[Path, typer.Argument(help="Labels: TIFF, OME-Zarr, HDF5 or .npy.")],
    out: Annotated[Path, typer.Argument(help="Volume to write: .tif, .zarr, .h5 or .npy.")],
    given: GivenCoefficients,
    measured: GivenExperiment,
    convert_mu: ConvertMu = False,
    sphere: Sphere = None,
    of: Annotated[
        Shown,
        typer.Option(
            "--of", help="Absolute change of mean A, the change with its sign, that of the spread, or its error."
        ),
    ] = Shown.ABSOLUTE,
    rays: Annotated[int, typer.Option("--rays", min=1, help="Rays to trace; more make less noise.")] = 4_000_000,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    seed: Seed = 0,
) -> None:
    """Compute how much mean A changes if the label of one voxel at a surface flips: a volume of where edits matter."""
    from ...absorption import map_sensitivity
    from ...io import check_outputs, check_suffix, open_labels, save_volume
    from ...judgement.unit_doubts import unit_doubts
    from ...volume import Volume
    from ...workflows.coefficient_energy import coefficients_for

    check_suffix(out)
    check_outputs([out], [labels, *measured.files, given.coefficients])
    mu = given.needed()
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    directions = measured.directions(sphere)
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
