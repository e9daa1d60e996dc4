"""crystalseg process"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import shown_progress
from ..model_choice import model_folder_of
from ..option_groups import GivenCoefficients, GivenExperiment, with_groups
from ..options import Axes, Axis, Centre, ConvertMu, Dataset, Force, Model, Sphere, VoxelSize, centre_of


@with_groups
def command(
    source: Annotated[Path, typer.Argument(metavar="SCAN_OR_VOLUME", help="Raw scan or reconstructed volume.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder of the results.")],
    given: GivenCoefficients,
    measured: GivenExperiment,
    model: Model = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    convert_mu: ConvertMu = False,
    energy_kev: Annotated[
        float | None, typer.Option("--energy-kev", help="Photon energy of the diffraction experiment, keV.")
    ] = None,
    sphere: Sphere = None,
    centre: Centre = "auto",
    axis: Axis = "columns",
    force: Force = False,
) -> None:
    """Do all of it: reconstruct, segment, absorb, export, and a report; a second run does only what changed."""
    from ...workflows.process.process import process

    directions = measured.directions(sphere)
    with shown_progress() as progress:
        result = process(
            source,
            out_dir,
            model=model_folder_of(model),
            voxel_size_um=voxel_size_um,
            axes=axes,
            dataset=dataset,
            coefficients=given.known(other_alone=True),
            other_per_um=given.other_alone,
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
        (result.volume, "voxel values"),
        (result.labels, "classes: 1 liquor, 2 loop, 3 crystal, 4 other"),
        (result.uncertainty, "where the network is unsure"),
        (result.folder / "masks", "one mask a class"),
    ]
    if result.factors is not None:
        told += [
            (result.factors, "absorption factors; also factors.csv, factors.h5, histogram.csv and histogram.png"),
            (result.folder / "absorption.cif", "what a paper states of the correction"),
            (result.folder / "anacor", "folder that AnACor reads"),
        ]
    for path, what in told:
        print(f"  {path!s:32} {what}")
