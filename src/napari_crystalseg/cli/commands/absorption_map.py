"""crystalseg absorption-map"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..console import print_kept_files, shown_progress, tell_assumptions
from ..option_groups import GivenCoefficients, with_groups
from ..options import Axes, Dataset, Seed, Tolerance, VoxelSize


class Kind(StrEnum):
    """What is mapped."""

    ONE_PATH = "one-path"
    FIXED_BEAM = "fixed-beam"


@with_groups
def command(
    labels: Annotated[Path, typer.Argument(help="Labels: TIFF, OME-Zarr, HDF5 or .npy.")],
    out_dir: Annotated[Path, typer.Argument(help="Folder to write.")],
    given: GivenCoefficients,
    kind: Annotated[
        Kind, typer.Option("--kind", help="The path to or from the crystal alone, or both with the beam of angle zero.")
    ] = Kind.ONE_PATH,
    order: Annotated[int, typer.Option("--order", min=0, help="Highest order of the spherical harmonics.")] = 6,
    rings: Annotated[int, typer.Option("--rings", min=1, help="Rings of latitude: 2 N² directions.")] = 24,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    tolerance: Tolerance = 1e-3,
    seed: Seed = 0,
) -> None:
    """Map absorption over all directions, with its spherical harmonics: a summary, a table and a picture."""
    from ...absorption import map_absorption
    from ...io import check_folder_of_results, check_outputs, open_labels, writing_into
    from ...judgement.unit_doubts import unit_doubts
    from ...workflows.absorption_map import FILES, save_absorption_map

    check_folder_of_results(out_dir, [labels])
    check_outputs([out_dir / name for name in FILES], [labels, given.coefficients])
    mu = given.needed()
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    with writing_into(out_dir) as output, shown_progress() as progress:
        found = map_absorption(
            materials,
            mu,
            kind=kind.value,
            order=order,
            rings=rings,
            tolerance=tolerance,
            seed=seed,
            progress=progress,
        )
        save_absorption_map(found, out_dir)
    print_kept_files(output)
    print(f"{out_dir}: A from {found.absorption.min():.4f} to {found.absorption.max():.4f}, mean {found.mean:.4f}")
    print("order       " + "".join(f"{degree:>9}" for degree in range(1, order + 1)) + f"{f'above {order}':>9}")
    shares = [*(found.power[1:] ** 0.5), found.rms_residual]
    for doubt in unit_doubts(materials, found.absorption):
        print(doubt)
    # Less is rounding.
    print("variation, %" + "".join(f"{100 * share if share > 1e-9 else 0:9.3g}" for share in shares))
