"""crystalseg diffraction quality, and crystalseg quality"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....errors import InputError
from ...console import shown_progress, tell_assumptions
from ...model_choice import chosen_model
from ...option_groups import GivenCoefficients, GivenExperiment, with_groups
from ...options import Axes, AxesB, ConvertMu, Dataset, DatasetB, Model, Seed, VoxelSize, check_png, for_each_file

if TYPE_CHECKING:
    from ....labels import Labels

CRYSTAL, ENERGY_KEV, D_MIN = "thaumatin", 4.5, 3.0
"""Of the simulated scan, where no experiment is given."""


@with_groups
def command(
    labels: Annotated[Path, typer.Argument(help="Labels to judge: TIFF, OME-Zarr, HDF5 or .npy.")],
    given: GivenCoefficients,
    measured_at: GivenExperiment,
    reference: Annotated[
        Path | None, typer.Argument(help="True or manual labels; without them the doubt about LABELS is judged.")
    ] = None,
    edited: Annotated[
        list[Path] | None, typer.Option("--edited", help="More labels of the sample, each a column; may be repeated.")
    ] = None,
    measured: Annotated[
        bool, typer.Option("--measured", help="Correct the intensities of --reflections, in place of simulated ones.")
    ] = False,
    crystal: Annotated[
        str | None, typer.Option("--crystal", help=f"Crystal form of a simulated scan; {CRYSTAL} by default.")
    ] = None,
    energy_kev: Annotated[
        float | None, typer.Option("--energy-kev", help=f"Photon energy of a simulated scan, keV; {ENERGY_KEV:g}.")
    ] = None,
    d_min: Annotated[
        float | None, typer.Option("--d-min", help=f"Resolution limit of a simulated scan, Å; {D_MIN:g}.")
    ] = None,
    i_over_sigma: Annotated[
        float, typer.Option("--i-over-sigma", help="Merged I/sigma that counting alone gives simulated intensities.")
    ] = 25.0,
    convert_mu: ConvertMu = False,
    volume: Annotated[
        Path | None, typer.Option("--volume", help="The volume that was segmented: says where LABELS are doubtful.")
    ] = None,
    uncertainty: Annotated[
        Path | None, typer.Option("--uncertainty", help="What 'segment --uncertainty' wrote, in place of the network.")
    ] = None,
    model: Model = None,
    places: Annotated[
        int, typer.Option("--places", min=0, help="Worst places of which is told what correcting them gets back.")
    ] = 3,
    json_out: Annotated[Path | None, typer.Option("--json", help="Also write all figures, shells too: .json.")] = None,
    text_out: Annotated[Path | None, typer.Option("--text", help="Also write the report as text.")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Also draw the figures: .png.")] = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    axes_b: AxesB = None,
    dataset_b: DatasetB = None,
    seed: Seed = 0,
) -> None:
    """Judge labels by what they cost in the merging statistics of the data that are corrected with them."""
    from ....io import open_labels, open_uncertainty, open_volume
    from ....segmentation import segment
    from ....workflows.coefficient_energy import coefficients_for
    from ....workflows.coefficients import tabulated
    from ....workflows.quality.judge_labels import judge_labels
    from ....workflows.quality.observation import Noise
    from ....workflows.quality.quality_files import QualityOutputs
    from ....workflows.quality.quality_scan import scan_of_files, simulated_scan

    if json_out is not None and json_out.suffix.lower() != ".json":
        raise InputError(f"{json_out} is not a JSON file: name one that ends in .json.")
    check_png(picture, "--picture")
    if model is not None and (volume is None or uncertainty is not None):
        raise InputError("--model is for a network that looks at --volume, in place of --uncertainty.")
    simulated = {"--crystal": crystal, "--energy-kev": energy_kev, "--d-min": d_min}
    if measured_at.is_given:
        for option, value in simulated.items():
            if value is not None:
                raise InputError(f"{option} is for a simulated scan: leave it out with --experiment.")
    elif measured:
        raise InputError("--measured takes the intensities of a table: give --experiment and --reflections.")
    outputs = QualityOutputs(json_out, text_out, picture)
    more = list(edited or ())
    outputs.check([labels, reference, *more, volume, uncertainty, *measured_at.files, given.coefficients])
    own_axes, own_datasets = for_each_file(axes, axes_b), for_each_file(dataset, dataset_b)
    judged = open_labels(labels, voxel_size_um=voxel_size_um, axes=own_axes[0], dataset=own_datasets[0])
    tell_assumptions(judged.provenance)
    size = judged.voxel_size_um

    def opened(path: Path) -> Labels:
        return open_labels(path, voxel_size_um=voxel_size_um, axes=own_axes[1], dataset=own_datasets[1])

    true = None if reference is None else opened(reference)
    others = {_name(path, more): opened(path) for path in more}
    known = given.known(other_alone=True)
    said: tuple[str, ...] = ()
    if measured_at.is_given:
        scan = scan_of_files(measured_at.directions(None), seed=seed)
        energies = scan.directions.energies_kev
    else:
        at = energy_kev
        if at is None:
            at = (known.energy_kev if known is not None else None) or ENERGY_KEV
        scan = simulated_scan(
            CRYSTAL if crystal is None else crystal,
            energy_kev=at,
            d_min=D_MIN if d_min is None else d_min,
            seed=seed,
        )
        energies = (at,)
    if known is None:
        mu = replace(tabulated(energies[0]), other=given.other_alone)
        said = (mu.sentence(),)
    else:
        mu, said = coefficients_for(known, energies, convert_mu)
    values = None if volume is None else open_volume(volume, voxel_size_um=size)
    unsure = None if uncertainty is None else open_uncertainty(uncertainty)
    network = chosen_model(model)
    with shown_progress() as progress:
        probabilities = None
        if values is not None and unsure is None:
            probabilities = segment(
                values, network, refine=False, keep_probabilities=True, progress=progress
            ).probabilities
        report = judge_labels(
            scan,
            judged,
            mu,
            reference=true,
            edited=others,
            measured=measured,
            noise=Noise(i_over_sigma, seed=seed),
            volume=values,
            uncertainty=unsure,
            probabilities=probabilities,
            places=places,
            seed=seed,
            progress=progress,
        )
    outputs.write(report)
    print(report.text(), end="")
    # Those of a scan that was simulated tell of files, of which there are none.
    for statement in (*said, *(scan.directions.statements if measured_at.is_given else ())):
        print(statement)


def _name(path: Path, among: list[Path]) -> str:
    """Name of a column: that of its file, with its number where several are called alike."""
    alike = [other for other in among if other.stem == path.stem]
    name = path.stem if len(alike) == 1 else f"{path.stem} {alike.index(path) + 1}"
    return f"{name} (edited)" if name in ("labels", "reference", "none", "low", "medium", "high") else name
