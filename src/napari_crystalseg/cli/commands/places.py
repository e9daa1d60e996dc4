"""crystalseg places"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import shown_progress, tell_assumptions
from ..model_choice import chosen_model
from ..option_groups import GivenCoefficients, GivenExperiment, with_groups
from ..options import Axes, ConvertMu, Dataset, Model, Seed, Sphere, VoxelSize

if TYPE_CHECKING:
    from ...review.places.place_list import PlaceList


@with_groups
def command(
    labels: Annotated[Path, typer.Argument(help="Labels: TIFF, OME-Zarr, HDF5 or .npy.")],
    given: GivenCoefficients,
    measured: GivenExperiment,
    convert_mu: ConvertMu = False,
    sphere: Sphere = None,
    volume: Annotated[
        Path | None, typer.Option("--volume", help="The volume that was segmented: voxel values, and for the network.")
    ] = None,
    uncertainty: Annotated[
        Path | None,
        typer.Option(
            "--uncertainty", help="What 'segment --uncertainty' wrote: the network does not look at the volume again."
        ),
    ] = None,
    model: Model = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Also write the list: .json.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Places to list at most.")] = 30,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    seed: Seed = 0,
) -> None:
    """List the places where labels may be wrong, those first that matter most to A, and what the rest may change."""
    from ...errors import InputError
    from ...io import check_outputs, open_labels, open_uncertainty, open_volume, save_json
    from ...review.places.ranking import rank_places
    from ...segmentation import segment
    from ...workflows.coefficient_energy import coefficients_for

    if json_out is not None and json_out.suffix.lower() != ".json":
        raise InputError(f"{json_out} is not a JSON file: name one that ends in .json.")
    if model is not None and (volume is None or uncertainty is not None):
        raise InputError("--model is for a network that looks at --volume, in place of --uncertainty.")
    check_outputs([json_out], [labels, volume, uncertainty, *measured.files, given.coefficients])
    mu = given.needed()
    materials = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    tell_assumptions(materials.provenance)
    directions = measured.directions(sphere)
    mu, said = coefficients_for(mu, directions.energies_kev, convert_mu)
    size = materials.voxel_size_um
    values = None if volume is None else open_volume(volume, voxel_size_um=size)
    unsure = None if uncertainty is None else open_uncertainty(uncertainty)
    network = chosen_model(model)
    with shown_progress() as progress:
        probabilities = None
        if values is not None and unsure is None:
            probabilities = segment(
                values, network, refine=False, keep_probabilities=True, progress=progress
            ).probabilities
        found = rank_places(
            materials,
            mu,
            directions,
            volume=values,
            uncertainty=unsure,
            probabilities=probabilities,
            most=most,
            seed=seed,
            progress=progress,
        )
    if json_out is not None:
        save_json(found.to_dict(), json_out)
    _print_list(found)
    for statement in (*said, *directions.statements):
        print(statement)


def _print_list(found: PlaceList) -> None:
    if not found.places:
        print("Nothing was found that may be wrong and would change A.")
    else:
        print("rank  centre (z, y, x)    at stake  then less than  reason")
    for row in found.to_dict()["places"]:
        remains = row["remains_below_percent"]
        centre = ", ".join(map(str, row["centre_voxel"]))
        to = "" if row["to"] is None else f", {row['from']} may be {row['to']}"
        then = "cannot say" if remains is None else f"{remains:.2g} %"
        print(
            f"{row['rank']:4}  ({centre})".ljust(24),
            f"{row['at_stake_percent']:7.2g} %  {then:>14}  {row['reason']}{to}",
        )
    print(found.sentence())
    for remark in found.remarks:
        print(remark)
