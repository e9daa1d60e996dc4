"""crystalseg calibrate"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...console import shown_progress


def command(
    model: Annotated[Path, typer.Argument(help="Model folder whose card gets the calibration.")],
    cases: Annotated[
        list[Path], typer.Argument(help="Folders of samples with true labels, like those of the training; none of it.")
    ],
    judged_by: Annotated[
        list[Path] | None, typer.Option("--judge", help="Folder of samples that judge and are not fitted; repeatable.")
    ] = None,
    trained_on: Annotated[
        list[Path] | None,
        typer.Option("--trained-on", help="Folder of samples of the training, whose look is the range; repeatable."),
    ] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Reliability diagram to write, .png.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell the figures, and leave the card as it is.")] = False,
) -> None:
    """Fit what a model's uncertainty is worth on samples with known labels, and keep it on its card."""
    from ....workflows.calibrate import calibrate

    with shown_progress() as progress:
        found = calibrate(
            model,
            cases,
            judged_by=judged_by or (),
            trained_on=trained_on or (),
            picture=picture,
            write=not dry_run,
            progress=progress,
        )
    calibration = found["calibration"]
    print(f"temperature {calibration['temperature']:.3g}, offset {calibration['offset']:.3g}")
    print(f"{'calibration error':24}{'before':>10}{'after':>10}{'wrong':>10}")
    for name, regions in calibration["expected_calibration_error"].items():
        for region, figures in regions.items():
            before = calibration["taken_at_its_word"][name][region]["expected_calibration_error"]
            after = figures["expected_calibration_error"]
            print(f"{f'{name}, {region}':24}{_shown(before)}{_shown(after)}{_shown(figures['wrong'])}")
    if "refined_temperature" in calibration:
        print(f"second stage: temperature {calibration['refined_temperature']:.3g}")
    for name, warned in found["training_range"]["warned"].items():
        print(f"unlike the training in {name}: {warned} volumes")
    if not dry_run:
        print(model / "card.json")


def _shown(value: float | None) -> str:
    """A figure in its column; a dash where no voxels were counted."""
    return f"{'–':>10}" if value is None else f"{value:10.4f}"
