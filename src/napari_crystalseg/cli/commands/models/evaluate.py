"""crystalseg evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...console import tell_assumed
from ...options import Axes, AxesB, Dataset, DatasetB, VoxelSize, for_each_file

MEASURES = ("recall", "precision", "iou", "f1", "f2", "dice")


def command(
    predicted: Annotated[Path, typer.Argument(help="Labels to judge.")],
    truth: Annotated[Path, typer.Argument(help="Labels to hold them against.")],
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write the scores to this file.")] = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    axes_b: AxesB = None,
    dataset_b: DatasetB = None,
) -> None:
    """Score labels against a reference: recall, precision, IoU, F1, F2 and Dice of each class, and the means."""
    from ....io import check_outputs
    from ....workflows.evaluate import evaluate

    check_outputs([json_path], [predicted, truth])
    result = evaluate(
        predicted,
        truth,
        json_path=json_path,
        voxel_size_um=voxel_size_um,
        axes=for_each_file(axes, axes_b),
        datasets=for_each_file(dataset, dataset_b),
    )
    tell_assumed(result["assumed"])
    print(f"{'':8}" + "".join(f"{name:>11}" for name in MEASURES))
    for name, row in [*result["classes"].items(), ("mean", result["mean"])]:
        print(f"{name:8}" + "".join(f"{'–' if row[m] is None else format(row[m], '.4f'):>11}" for m in MEASURES))
