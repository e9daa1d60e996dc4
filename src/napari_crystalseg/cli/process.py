"""crystalseg process"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import shown_progress
from .options import (
    Axes,
    Axis,
    CoefficientFile,
    ConvertMu,
    Dataset,
    ExperimentFile,
    ExperimentNumber,
    Force,
    LabelAxis,
    Model,
    MuCrystal,
    MuEnergy,
    MuLiquor,
    MuLoop,
    MuOther,
    OffsetDeg,
    ReflectionFile,
    Sphere,
    VoxelSize,
    centre_of,
    coefficients_of,
    directions_of,
)


def command(
    source: Annotated[Path, typer.Argument(metavar="SCAN_OR_VOLUME", help="Raw scan or reconstructed volume.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder of the results.")],
    model: Model = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    mu_crystal: MuCrystal = None,
    mu_liquor: MuLiquor = None,
    mu_loop: MuLoop = None,
    mu_other: MuOther = None,
    mu_energy_kev: MuEnergy = None,
    coefficients: CoefficientFile = None,
    convert_mu: ConvertMu = False,
    energy_kev: Annotated[
        float | None, typer.Option("--energy-kev", help="Photon energy of the diffraction experiment, keV.")
    ] = None,
    experiment: ExperimentFile = None,
    reflections: ReflectionFile = None,
    sphere: Sphere = None,
    offset_deg: OffsetDeg = 0.0,
    experiment_number: ExperimentNumber = None,
    axis_0: LabelAxis = None,
    centre: Annotated[str, typer.Option("--centre", metavar="auto|PX", help="Column of the rotation axis.")] = "auto",
    axis: Axis = "columns",
    force: Force = False,
) -> None:
    """Do all of it: reconstruct, segment, absorb, export, and a report; a second run does only what changed."""
    from ..workflows.process import process

    directions = directions_of(experiment, reflections, sphere, offset_deg, experiment_number, axis_0)
    with shown_progress() as progress:
        result = process(
            source,
            out_dir,
            model=model,
            voxel_size_um=voxel_size_um,
            axes=axes,
            dataset=dataset,
            coefficients=coefficients_of(mu_crystal, mu_liquor, mu_loop, mu_other, mu_energy_kev, coefficients),
            other_per_um=mu_other,
            convert=convert_mu,
            energy_kev=energy_kev,
            directions=directions,
            centre_px=centre_of(centre),
            axis=axis,
            force=force,
            progress=progress,
        )
    for statement in result.statements:
        print(f"! {statement}")
    print(f"Results in {result.folder}{'/' if result.folder.name else ''}:")
    told = [
        (result.report, "the page to read, with pictures"),
        (result.volume, "greys"),
        (result.labels, "classes: 1 liquor, 2 loop, 3 crystal, 4 other"),
        (result.uncertainty, "where the network is unsure"),
        (result.folder / "masks", "one mask a class"),
    ]
    if result.factors is not None:
        told += [
            (result.factors, "absorption factors; also factors.csv, histogram.csv and histogram.png"),
            (result.folder / "anacor", "folder that AnACor reads"),
        ]
    for path, what in told:
        print(f"  {path!s:32} {what}")
