"""crystalseg compare"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import shown_progress, tell_kept
from .options import (
    CoefficientFile,
    ConvertMu,
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
    Tolerance,
    VoxelSize,
    coefficients_of,
    directions_of,
    needed_coefficients,
)


def command(
    first: Annotated[Path, typer.Argument(metavar="LABELS_A", help="Reference labels, such as manual ones.")],
    second: Annotated[Path, typer.Argument(metavar="LABELS_B", help="Labels of the same sample to hold against them.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder to write.")],
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
    name_a: Annotated[str | None, typer.Option("--name-a", help="What to call the first; its file name.")] = None,
    name_b: Annotated[str | None, typer.Option("--name-b", help="What to call the second; its file name.")] = None,
    offset_deg: OffsetDeg = 0.0,
    experiment_number: ExperimentNumber = None,
    axis_0: LabelAxis = None,
    voxel_size_um: VoxelSize = None,
    tolerance: Tolerance = 1e-3,
    seed: Seed = 0,
) -> None:
    """Compare two label volumes of one sample by the absorption factors of the same reflections."""
    from ..io import check_folder_of_results, check_outputs, writing_into
    from ..workflows.coefficient_energy import coefficients_for
    from ..workflows.compare import FILES, compare, file_names

    check_folder_of_results(out_dir, [first, second])
    check_outputs([out_dir / name for name in FILES], [first, second, experiment, reflections, coefficients])
    plain = file_names(first, second)
    directions = directions_of(experiment, reflections, sphere, offset_deg, experiment_number, axis_0)
    given = coefficients_of(mu_crystal, mu_liquor, mu_loop, mu_other, mu_energy_kev, coefficients)
    mu, said = coefficients_for(needed_coefficients(given), directions.energies_kev, convert_mu)
    with writing_into(out_dir) as output, shown_progress() as progress:
        found = compare(
            first,
            second,
            out_dir,
            mu,
            directions,
            names=(name_a or plain[0], name_b or plain[1]),
            voxel_size_um=voxel_size_um,
            tolerance=tolerance,
            seed=seed,
            progress=progress,
        )
    tell_kept(output)
    figures = found.summary["absorption"]
    correlation = "not defined (A does not vary)" if figures["correlation"] is None else f"{figures['correlation']:.4f}"
    print(f"{out_dir}: {figures['compared']} of {figures['reflections']} reflections compared")
    print(f"mean A {figures['mean_a']:.4f} and {figures['mean_b']:.4f}, correlation {correlation}")
    print(
        f"relative difference: mean {100 * figures['mean_relative_difference']:+.3g} %, "
        f"largest {100 * figures['max_relative_difference']:.3g} %, "
        f"r.m.s. {100 * figures['rms_relative_difference']:.3g} %"
    )
    for statement in (*said, *found.summary["doubts"], *directions.statements):
        print(statement)
