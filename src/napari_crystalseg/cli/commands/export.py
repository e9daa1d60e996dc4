"""crystalseg export"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ...errors import InputError
from ..console import print_kept_files, shown_progress, tell_assumptions
from ..option_groups import GivenCoefficients, GivenExperiment, with_groups
from ..options import Axes, ConvertMu, Dataset, VoxelSize


class Target(StrEnum):
    """What labels are exported to."""

    ANACOR = "anacor"
    MASKS = "masks"
    CORRECTED = "corrected"


@with_groups
def command(
    labels: Annotated[Path, typer.Argument(help="Labels: TIFF, OME-Zarr, HDF5 or .npy.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder to write.")],
    to: Annotated[Target, typer.Option("--to", help="Folder for AnACor, one mask a class, or reflections with I / A.")],
    given: GivenCoefficients,
    measured: GivenExperiment,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    convert_mu: ConvertMu = False,
    anacor_voxel_um: Annotated[
        float | None,
        typer.Option("--anacor-voxel-um", help="Voxels for AnACor, µm; the finest by default. Its mp_lite takes 0.3."),
    ] = None,
) -> None:
    """Export labels as masks, as the folder that AnACor reads, or as reflections with intensities divided by A."""
    from ...absorption.anacor.export import FILES
    from ...io import check_folder_of_results, check_outputs, open_labels
    from ...judgement.unit_doubts import unit_doubts
    from ...workflows.coefficient_energy import coefficients_for
    from ...workflows.export import MASKS, anacor_to_folder, masks_to_folder

    if to is Target.CORRECTED:
        if anacor_voxel_um is not None:
            raise InputError("--anacor-voxel-um is for --to anacor.")
        _corrected(labels, out_dir, given, measured, voxel_size_um, axes, dataset, convert_mu)
        return
    asked = given.are_given or convert_mu or measured.is_given or measured.offset_deg or anacor_voxel_um is not None
    if to is Target.MASKS and asked:
        raise InputError("Masks hold labels only: coefficients, reflections, offset and voxels are for --to anacor.")
    mu = given.known()
    inputs = [labels, *measured.files, given.coefficients]
    check_folder_of_results(out_dir, inputs)
    check_outputs([out_dir / name for name in (MASKS if to is Target.MASKS else FILES)], inputs)
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    directions = None
    if measured.is_given:
        directions = measured.directions(None)
    said: tuple[str, ...] = ()
    if mu is not None:
        mu, said = coefficients_for(mu, () if directions is None else directions.energies_kev, convert_mu)
    with shown_progress() as progress:
        if to is Target.MASKS:
            exported = masks_to_folder(materials, out_dir)
        else:
            exported = anacor_to_folder(
                materials, out_dir, mu, directions, measured.offset_deg, anacor_voxel_um, progress=progress
            )
            said = (*said, *unit_doubts(materials, ()))
    print_kept_files(exported.output)
    for path in exported.paths:
        print(path)
    for statement in (*said, *(() if directions is None else directions.statements)):
        print(statement)


def _corrected(
    labels: Path,
    out_dir: Path,
    given: GivenCoefficients,
    measured: GivenExperiment,
    voxel_size_um: float | None,
    axes: str | None,
    dataset: str | None,
    convert_mu: bool,
) -> None:
    """Compute the factors of a table, and write it with its intensities divided by them."""
    from ...io import check_folder_of_results, open_labels
    from ...workflows.absorb import AbsorbOutputs, absorb_to_files, corrected_table_name

    if measured.reflections is None:
        raise InputError("--to corrected divides the intensities of a table by A: give --experiment and --reflections.")
    check_folder_of_results(out_dir, [labels, *measured.files, given.coefficients])
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    outputs = AbsorbOutputs(corrected_table=out_dir / corrected_table_name(measured.reflections))
    directions = measured.directions(None)
    with shown_progress() as progress:
        result = absorb_to_files(materials, given.needed(), directions, outputs, convert=convert_mu, progress=progress)
    for path in result.files:
        print(path)
    for statement in result.statements:
        print(statement)
