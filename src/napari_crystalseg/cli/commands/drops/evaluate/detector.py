"""crystalseg drops evaluate detector"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ....console import shown_progress
from .showing import AsJson, Out, check_out, show


def command(
    truth: Annotated[
        Path,
        typer.Argument(
            metavar="TRUTH", help="COCO .json, .npz masks, a folder of them or with coco.json; or a table of classes."
        ),
    ],
    results: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RESULTS]", help="The same of what was found, COCO results, or CHiMP's positions; or found now."
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Folder of a detector, or file of CHiMP's weights; the bundled one by default."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option("--images", help="Folder of the images, where they do not lie beside the truth.")
    ] = None,
    score: Annotated[
        float, typer.Option("--score", min=0, max=1, help="Objects of less are not found, but for average precision.")
    ] = 0.6,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Say how well drops and crystals are outlined, whether crystals are told from none, and where it dispenses."""
    from .....workflows.drops.evaluate.evaluate_detector import evaluate_detector

    check_out(out, [truth, results, model, images])
    with shown_progress() as progress:
        found = evaluate_detector(truth, results, model=model, images=images, lowest_score=score, progress=progress)
    show(found, out, as_json)
