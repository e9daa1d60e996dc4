"""crystalseg evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....errors import Cancelled, InputError
from ...console import print_kept_files, tell_assumed
from ...model_choice import chosen_model
from ...option_groups import GivenCoefficients, with_groups
from ...options import Axes, AxesB, Dataset, DatasetB, Seed, Tolerance, VoxelSize, for_each_file

if TYPE_CHECKING:
    from ....judgement.evaluation import Evaluation
    from ....segmentation import ModelFolder
    from ....workflows.evaluate.request import EvaluationRequest

MEASURES = ("recall", "precision", "iou", "f1", "f2", "dice")
BUNDLED = "bundled"


@with_groups
def command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PREDICTED TRUTH | CASES...",
            help="Labels to judge, and those to hold them against: two files, or with --out two folders; with --model "
            "folders of volumes with their labels.",
        ),
    ],
    given: GivenCoefficients,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Of two files: also write the scores to this file.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Of folders: where tables, record and report go. It may be gone on with."),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Segment the volumes first: a model's name or folder, or 'bundled'.")
    ] = None,
    only_complete: Annotated[
        bool, typer.Option("--only-complete", help="Of folders: leave out what has no partner, in place of refusing.")
    ] = False,
    table: Annotated[
        Path | None,
        typer.Option(
            "--table", help="CSV or JSON: name, voxel_size_um and mu_crystal, … of cases whose files do not say them."
        ),
    ] = None,
    typical_kev: Annotated[
        float | None,
        typer.Option(
            "--typical-kev",
            help="Energy, keV: cases with no other coefficients have those of typical materials there.",
        ),
    ] = None,
    sphere: Annotated[
        int | None, typer.Option("--sphere", min=0, help="Directions in which A is compared; 0: none. 200 by default.")
    ] = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    axes_b: AxesB = None,
    dataset_b: DatasetB = None,
    tolerance: Tolerance = 1e-3,
    seed: Seed = 0,
) -> None:
    """Score labels against true ones: voxels, surfaces, volumes and absorption, of a file or of many cases."""
    if out is None and model is None:
        if len(paths) != 2:
            raise InputError("Name the labels to judge and those to hold them against; with --out folders of them.")
        if given.are_given or sphere is not None or typical_kev is not None or only_complete or table is not None:
            raise InputError(
                "Coefficients, directions, --table and --only-complete are for folders (--out); 'crystalseg compare' "
                "compares the absorption of two files."
            )
        two = for_each_file(axes, axes_b), for_each_file(dataset, dataset_b)
        _of_two_files(paths[0], paths[1], json_path, voxel_size_um, *two)
        return
    if out is None:
        raise InputError("Name a folder for tables and report (--out).")
    if json_path is not None or axes or dataset or axes_b or dataset_b:
        raise InputError("--json, --axes and --dataset are for two files; folders have their record in --out.")
    from ....workflows.evaluate.case_table import read_case_table
    from ....workflows.evaluate.request import DIRECTIONS, EvaluationRequest

    request = EvaluationRequest(
        model=_model(model),
        coefficients=given.known(),
        typical_kev=typical_kev,
        directions=DIRECTIONS if sphere is None else sphere,
        tolerance=tolerance,
        seed=seed,
        voxel_size_um=voxel_size_um,
        table={} if table is None else read_case_table(table),
    )
    _of_folders(paths, out, request, model is not None, only_complete)


def _of_two_files(
    predicted: Path,
    truth: Path,
    json_path: Path | None,
    voxel_size_um: float | None,
    axes: tuple[str | None, str | None],
    datasets: tuple[str | None, str | None],
) -> None:
    from ....io import check_outputs
    from ....workflows.evaluate.two_files import evaluate_files

    check_outputs([json_path], [predicted, truth])
    result = evaluate_files(
        predicted, truth, json_path=json_path, voxel_size_um=voxel_size_um, axes=axes, datasets=datasets
    )
    tell_assumed(result["assumed"])
    print(f"{'':8}" + "".join(f"{name:>11}" for name in MEASURES))
    for name, row in [*result["classes"].items(), ("mean", result["mean"])]:
        print(f"{name:8}" + "".join(f"{'–' if row[m] is None else format(row[m], '.4f'):>11}" for m in MEASURES))


def _of_folders(paths: list[Path], out: Path, request: EvaluationRequest, segmented: bool, only_complete: bool) -> None:
    from ....io import check_folder_of_results, writing_into
    from ....workflows.evaluate.cases import labelled_cases, paired_cases
    from ....workflows.evaluate.evaluate_cases import evaluate_cases
    from ...stopping import stoppable_progress

    if segmented:
        found = labelled_cases(paths, only_complete=only_complete)
    elif len(paths) == 2:
        found = paired_cases(paths[0], paths[1], only_pairs=only_complete)
    else:
        raise InputError("Name a folder of predicted and one of true labels, or a model that segments (--model).")
    check_folder_of_results(out, paths)
    try:
        with writing_into(out) as output, stoppable_progress() as progress:
            result = evaluate_cases(found, out, request, progress)
    except Cancelled as error:
        # What the command line makes of an interrupt.
        raise KeyboardInterrupt from error
    print_kept_files(output)
    _print(result)
    print(out / "report.html")


def _model(name: str | None) -> ModelFolder | None:
    return chosen_model(None if name in (None, BUNDLED) else Path(str(name)))


def _print(result: Evaluation) -> None:
    from ....judgement.evaluation import CLASSES

    print(f"{'':24}" + "".join(f"{name:>10}" for name in MEASURES) + f"{'distance':>10}{'bias':>8}{'volume':>9}")
    for group in [*result.groups, *([None] if len(result.groups) > 1 else [])]:
        summary = result.summary(group)
        called = "all" if group is None else group
        print(f"{called}: cases {summary['cases']}")
        for title in CLASSES:
            row = summary["classes"][title]
            lengths = f"{_shown(row['median_voxels'], '.2f'):>10}{_shown(row['bias_voxels'], '+.2f'):>8}"
            volume = f"{_shown(row['volume_error_percent'], '+.1f'):>7} %"
            print(f"  {title:22}" + _scores(row) + lengths + volume)
        print(f"  {'mean':22}" + _scores(summary["mean"]))
        absorption = summary["absorption"]
        if absorption["cases"]:
            plain, scaled = (
                f"mean {100 * absorption[f'mean_relative_difference{end}']:.2f} %, "
                f"largest {100 * absorption[f'largest_relative_difference{end}']:.2f} %"
                for end in ("", "_scaled")
            )
            print(f"  |ΔA| / A (cases {absorption['cases']}): {plain}; after a common scale {scaled}")
    print("Distance (median) and bias of the surfaces in voxels.")
    for text in result.statements:
        print(f"! {text}")
    for each in result.failed:
        print(f"! {each.full_name} could not be scored: {each.reason}")


def _scores(row: dict[str, float | None]) -> str:
    return "".join(f"{_shown(row[name], '.3f'):>10}" for name in MEASURES)


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
