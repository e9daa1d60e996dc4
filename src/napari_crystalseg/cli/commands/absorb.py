"""crystalseg absorb"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import InputError
from ..console import shown_progress, tell_assumptions
from ..option_groups import GivenCoefficients, GivenExperiment, with_groups
from ..options import Axes, ConvertMu, Dataset, Seed, Sphere, Tolerance, VoxelSize, check_png


@with_groups
def command(
    labels: Annotated[Path, typer.Argument(help="Labels: TIFF, OME-Zarr, HDF5 or .npy.")],
    out: Annotated[Path, typer.Argument(help="JSON file to write.")],
    given: GivenCoefficients,
    measured: GivenExperiment,
    convert_mu: ConvertMu = False,
    refl_out: Annotated[
        Path | None,
        typer.Option("--refl-out", help="Table for dials.scale; by default beside OUT, as <name>_absorption.refl."),
    ] = None,
    no_refl: Annotated[bool, typer.Option("--no-refl", help="Write no table for dials.scale.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Also write the factors as CSV.")] = None,
    hdf5: Annotated[Path | None, typer.Option("--hdf5", help="Also write the factors as HDF5.")] = None,
    histogram: Annotated[
        Path | None, typer.Option("--histogram", help="Also draw a histogram of A (.png), with its counts as .csv.")
    ] = None,
    cif: Annotated[
        Path | None,
        typer.Option("--cif", help="Also write what a paper states (.cif): T_min, T_max, coefficient, type, details."),
    ] = None,
    corrected_refl: Annotated[
        Path | None,
        typer.Option(
            "--corrected-refl",
            help="Also write the table with intensities divided by A (.refl), for DIALS before 3.13, XDS or AIMLESS.",
        ),
    ] = None,
    sphere: Sphere = None,
    beam_um: Annotated[
        tuple[float, float] | None,
        typer.Option(
            "--beam-um", help="Beam smaller than the crystal: its size along and across the rotation axis, µm."
        ),
    ] = None,
    beam_centre_um: Annotated[
        tuple[float, float], typer.Option("--beam-centre-um", help="Centre of that beam from the volume's middle, µm.")
    ] = (0.0, 0.0),
    beam_shape: Annotated[
        str, typer.Option("--beam-shape", help="box, or gaussian with --beam-um at half maximum.")
    ] = "box",
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    tolerance: Tolerance = 1e-3,
    seed: Seed = 0,
) -> None:
    """Compute absorption factors A of reflections, or of directions over the sphere."""
    from ...absorption import Illumination
    from ...io import check_outputs, open_labels
    from ...workflows.absorb import AbsorbOutputs, absorb_to_files, scaling_table_name

    reflections = measured.reflections
    if refl_out is not None and (reflections is None or no_refl):
        raise InputError("--refl-out needs --experiment and --reflections, and no --no-refl.")
    if corrected_refl is not None and reflections is None:
        raise InputError("--corrected-refl needs --experiment and --reflections.")
    check_png(histogram, "--histogram")
    if beam_um is None and (beam_centre_um != (0.0, 0.0) or beam_shape != "box"):
        raise InputError("--beam-centre-um and --beam-shape describe a beam whose size is not given: add --beam-um.")
    table = refl_out
    if reflections is not None and refl_out is None and not no_refl:
        table = out.parent / scaling_table_name(reflections)
    outputs = AbsorbOutputs(out, csv, hdf5, histogram, table, cif, corrected_refl)
    check_outputs(outputs.files(), [labels, *measured.files, given.coefficients])
    if out.suffix.lower() != ".json":
        raise InputError(
            f"{out} is not a JSON file: name one that ends in .json (--csv and --hdf5 write other tables)."
        )
    mu = given.needed()
    illumination = None if beam_um is None else Illumination(*beam_um, beam_centre_um, beam_shape)
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    directions = measured.directions(sphere)
    with shown_progress() as progress:
        result = absorb_to_files(
            materials,
            mu,
            directions,
            outputs,
            convert=convert_mu,
            tolerance=tolerance,
            illumination=illumination,
            seed=seed,
            progress=progress,
        )
    import numpy as np

    used = result.factors.absorption[~np.isnan(result.factors.absorption)]
    spread = f", A from {used.min():.4f} to {used.max():.4f}, mean {used.mean():.4f}" if used.size else ""
    print(f"{out}: {len(result.factors)} factors{spread}")
    for statement in result.statements:
        print(statement)
    for path in result.files[1:]:
        print(path)
    if result.commands:
        print("To scale with them, run one of")
        for line in result.commands:
            print(f"  {line}")
