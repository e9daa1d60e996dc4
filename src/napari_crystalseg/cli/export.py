"""crystalseg export"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .console import shown_progress, tell_assumptions, tell_kept
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
    ReflectionFile,
    VoxelSize,
    coefficients_of,
    directions_of,
)


class Target(StrEnum):
    """What labels are exported to."""

    ANACOR = "anacor"
    MASKS = "masks"


def command(
    labels: Annotated[Path, typer.Argument(help="Labels: TIFF, OME-Zarr, HDF5 or .npy.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder to write.")],
    to: Annotated[Target, typer.Option("--to", help="A folder that AnACor reads, or one mask a class.")],
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
    experiment: ExperimentFile = None,
    reflections: ReflectionFile = None,
    offset_deg: Annotated[
        float, typer.Option("--offset-deg", help="Degrees to add to the scan angles to get the tomogram's, for AnACor.")
    ] = 0.0,
    experiment_number: ExperimentNumber = None,
    axis_0: LabelAxis = None,
    anacor_voxel_um: Annotated[
        float | None,
        typer.Option("--anacor-voxel-um", help="Voxels for AnACor, µm; the finest by default. Its mp_lite takes 0.3."),
    ] = None,
) -> None:
    """Export labels as masks, or as the folder that AnACor reads."""
    from ..absorption.anacor import FILES
    from ..io import check_folder_of_results, check_outputs, open_labels, writing_into
    from ..workflows.coefficient_energy import coefficients_for
    from ..workflows.export import MASKS, export_masks
    from ..workflows.unit_doubts import unit_doubts

    mu = coefficients_of(mu_crystal, mu_liquor, mu_loop, mu_other, mu_energy_kev, coefficients)
    asked = mu is not None or mu_other is not None or offset_deg
    of_anacor = (experiment, reflections, experiment_number, axis_0, anacor_voxel_um)
    if to is Target.MASKS and (asked or any(value is not None for value in of_anacor)):
        raise InputError("Masks hold labels only: coefficients, reflections, offset and voxels are for --to anacor.")
    inputs = [labels, experiment, reflections, coefficients]
    check_folder_of_results(out_dir, inputs)
    check_outputs([out_dir / name for name in (MASKS if to is Target.MASKS else FILES)], inputs)
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    directions = None
    if any(value is not None for value in (experiment, reflections, experiment_number, axis_0)):
        directions = directions_of(experiment, reflections, None, offset_deg, experiment_number, axis_0)
    said: tuple[str, ...] = ()
    if mu is not None:
        mu, said = coefficients_for(mu, () if directions is None else directions.energies_kev, convert_mu)
    with writing_into(out_dir) as output, shown_progress() as progress:
        if to is Target.MASKS:
            written = export_masks(materials, out_dir)
        else:
            from ..absorption import export_anacor

            folder = export_anacor(
                materials,
                out_dir,
                coefficients=mu,
                directions=directions,
                offset_deg=offset_deg,
                voxel_size_um=anacor_voxel_um,
                progress=progress,
            )
            written = [folder]
            said = (*said, *unit_doubts(materials, ()))
    tell_kept(output)
    for path in written:
        print(path)
    for statement in (*said, *(() if directions is None else directions.statements)):
        print(statement)
