"""crystalseg compare"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import print_kept_files, shown_progress, tell_assumed
from ..option_groups import GivenCoefficients, GivenExperiment, with_groups
from ..options import Axes, AxesB, ConvertMu, Dataset, DatasetB, Seed, Sphere, Tolerance, VoxelSize, for_each_file


@with_groups
def command(
    first: Annotated[Path, typer.Argument(metavar="LABELS_A", help="Reference labels, such as manual ones.")],
    second: Annotated[Path, typer.Argument(metavar="LABELS_B", help="Labels of the same sample to hold against them.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder to write.")],
    given: GivenCoefficients,
    measured: GivenExperiment,
    convert_mu: ConvertMu = False,
    sphere: Sphere = None,
    name_a: Annotated[str | None, typer.Option("--name-a", help="What to call the first; its file name.")] = None,
    name_b: Annotated[str | None, typer.Option("--name-b", help="What to call the second; its file name.")] = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    axes_b: AxesB = None,
    dataset_b: DatasetB = None,
    tolerance: Tolerance = 1e-3,
    seed: Seed = 0,
) -> None:
    """Compare two label volumes of one sample by the absorption factors of the same reflections."""
    from ...io import check_folder_of_results, check_outputs, writing_into
    from ...workflows.coefficient_energy import coefficients_for
    from ...workflows.compare import FILES, compare, file_names

    check_folder_of_results(out_dir, [first, second])
    check_outputs([out_dir / name for name in FILES], [first, second, *measured.files, given.coefficients])
    plain = file_names(first, second)
    directions = measured.directions(sphere)
    mu, said = coefficients_for(given.needed(), directions.energies_kev, convert_mu)
    with writing_into(out_dir) as output, shown_progress() as progress:
        found = compare(
            first,
            second,
            out_dir,
            mu,
            directions,
            names=(name_a or plain[0], name_b or plain[1]),
            voxel_size_um=voxel_size_um,
            axes=for_each_file(axes, axes_b),
            datasets=for_each_file(dataset, dataset_b),
            tolerance=tolerance,
            seed=seed,
            progress=progress,
        )
    tell_assumed(found.summary["assumed"])
    print_kept_files(output)
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
