"""crystalseg segment"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..console import shown_progress, tell_assumptions
from ..model_choice import chosen_model
from ..option_groups import GivenPhysics, with_groups
from ..options import Axes, Dataset, Engine, Model, VoxelSize

if TYPE_CHECKING:
    from ...labels import Labels


@with_groups
def command(
    volume: Annotated[Path, typer.Argument(help="Volume: TIFF, OME-Zarr, HDF5 or .npy.")],
    out: Annotated[Path, typer.Argument(help="Labels to write: .tif, .zarr, .h5 or .npy.")],
    rules: GivenPhysics,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    model: Model = None,
    uncertainty: Annotated[
        Path | None,
        typer.Option("--uncertainty", help="Also write how unsure the network is: 255 × P(label is wrong)."),
    ] = None,
    mirror: Annotated[
        bool,
        typer.Option("--mirror/--no-mirror", help="Average over mirror images: better, at most eight times the work."),
    ] = True,
    refine: Annotated[
        bool,
        typer.Option("--refine/--no-refine", help="Look again at the surfaces at full resolution."),
    ] = True,
    engine: Engine = None,
    adapt: Annotated[
        bool,
        typer.Option("--adapt", help="Adapt the network to this sample first; kept where that does no harm."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of --adapt.")] = 0,
) -> None:
    """Segment a volume into liquor, loop and crystal."""
    from ...io import check_outputs, check_suffix, open_volume, save_labels, save_uncertainty
    from ...judgement.lamps.lit_lamps import lit_lamps
    from ...judgement.lamps.value_sample import ValueSample
    from ...judgement.mean_uncertainty import MeanUncertainty
    from ...judgement.plausibility import findings
    from ...segmentation import bundled_model, segment
    from ...segmentation.engines.choice import checked_engine
    from ...segmentation.segmentation_cost import SegmentationCost
    from ...workflows.segment_adapted import adaptation_told, segment_adapted

    check_suffix(out)
    if uncertainty is not None:
        check_suffix(uncertainty)
    check_outputs([out, uncertainty], [volume])
    checked_engine(engine)
    network = chosen_model(model)
    voxel_values = open_volume(volume, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    network = network or bundled_model(len(voxel_values.data))
    cost = SegmentationCost.of(voxel_values, network, mirror=mirror, refine=refine, engine=engine)
    cost.check()
    typer.echo(cost.sentence, err=True)
    with shown_progress() as progress:
        options: dict[str, Any] = {
            "physics": rules.rules(),
            "mirror": mirror,
            "refine": refine,
            "engine": engine,
        }
        if adapt:
            made = segment_adapted(voxel_values, network, seed=seed, progress=progress, **options)
        else:
            made = segment(voxel_values, network, progress=progress, **options)
    save_labels(made.labels, out)
    if uncertainty is not None:
        save_uncertainty(made.uncertainty, made.labels, uncertainty)
    tell_assumptions(voxel_values.provenance)
    print(out)
    if told := adaptation_told(made.labels.provenance.steps):
        print(told)
    _print_volumes(made.labels)
    for correction in made.corrections:
        print(f"  {correction.text(made.labels.voxel_size_um)}")
    means = MeanUncertainty.of(made.labels, made.uncertainty)
    lamps = lit_lamps(made.labels, ValueSample.of_volume(voxel_values), uncertainty=means)
    for finding in findings(made.labels, means, lamps):
        if finding.level != "good":
            print(f"! {finding.text}")


def _print_volumes(labels: Labels) -> None:
    if labels.voxel_size_um is None:
        typer.echo("The voxel size is not known: voxels were taken for cubes; give --voxel-size-um.", err=True)
        for material, count in labels.voxel_counts().items():
            print(f"  {material.title:8} {count:14,} voxels")
        return
    for material, volume_um3 in labels.volumes_um3().items():
        print(f"  {material.title:8} {volume_um3:14,.0f} µm³")
